/* Replays the program in DRAM on the accelerator, image by image. */
#ifndef MSD_FIRMWARE_REPLAY_H
#define MSD_FIRMWARE_REPLAY_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
int program_present(void); /* DRAM begins with a program's magic word */
uint32_t program_check(
    void); /* 0, or an exit code after a line on the UART that says what is wrong */
uint32_t program_replay(
    void); /* all images that the host has; 0 or an exit code. After program_check. */
#ifdef __cplusplus
}
#endif

#endif
