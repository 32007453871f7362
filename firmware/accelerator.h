/* Driver of the accelerator: its queue of tile lists, its interrupt and its errors. */
#ifndef MSD_FIRMWARE_ACCELERATOR_H
#define MSD_FIRMWARE_ACCELERATOR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What one look at the accelerator found. */
typedef struct {
    uint32_t lists_done; /* since accelerator_start */
    uint32_t queue_free; /* lists that may be posted now */
    int error;           /* fetching has stopped; ask accelerator_error */
} accelerator_state;

int accelerator_present(void);
/* Waits until idle, clears counters and errors, and enables the interrupts that end the sleep. */
void accelerator_start(void);
/* Posts a list; the caller minds queue_free. */
void accelerator_post(uint32_t tiles_address, uint32_t tile_count);
/* State now, with pending interrupts acknowledged first so that no later event is lost. */
accelerator_state accelerator_poll(void);
/* Code of the first error and its tile, counted over all lists. */
uint32_t accelerator_error(uint32_t* tile);

#ifdef __cplusplus
}
#endif

#endif
