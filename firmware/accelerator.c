/* Driver of the accelerator. */
#include "firmware/accelerator.h"

#include "firmware/port.h"
#include "ip/accelerator/accelerator_regs.h"

#define QUEUE_LISTS 4u
/* A tile's own interrupt is of no use here. */
#define EVENTS (MSD_IRQ_STATUS_LIST | MSD_IRQ_STATUS_ERROR)

static uint32_t get(uint32_t offset) {
    return mmio_read32(MSD_REGS_BASE + offset);
}
static void set(uint32_t offset, uint32_t value) {
    mmio_write32(MSD_REGS_BASE + offset, value);
}

int accelerator_present(void) {
    return get(MSD_ID) == MSD_ID_RESET;
}

void accelerator_start(void) {
    while ((get(MSD_STATUS) & MSD_STATUS_IDLE) == 0) {
    }
    set(MSD_CONTROL, MSD_CONTROL_CLEAR);
    set(MSD_IRQ_STATUS, EVENTS | MSD_IRQ_STATUS_TILE);
    set(MSD_IRQ_ENABLE, EVENTS);
}

void accelerator_post(uint32_t tiles_address, uint32_t tile_count) {
    set(MSD_LIST_ADDRESS, tiles_address);
    set(MSD_LIST_PUSH, tile_count);
}

accelerator_state accelerator_poll(void) {
    accelerator_state state;
    set(MSD_IRQ_STATUS, EVENTS);
    uint32_t status = get(MSD_STATUS);
    uint32_t level = (status & MSD_STATUS_QUEUE_LEVEL_MASK) >> MSD_STATUS_QUEUE_LEVEL_SHIFT;
    state.lists_done = get(MSD_LISTS_DONE);
    state.queue_free = level < QUEUE_LISTS ? QUEUE_LISTS - level : 0;
    state.error = (status & MSD_STATUS_ERROR) != 0;
    return state;
}

uint32_t accelerator_error(uint32_t* tile) {
    *tile = get(MSD_ERROR_TILE);
    return get(MSD_ERROR);
}
