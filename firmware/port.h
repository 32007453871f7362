/* What firmware needs of its machine; tests on the host implement the same functions over a fake
 * machine. */
#ifndef MSD_FIRMWARE_PORT_H
#define MSD_FIRMWARE_PORT_H

#include <stdint.h>

#define MSD_UART_BASE 0x10000000u
#define MSD_EXIT_BASE 0x00100000u

#ifdef __riscv
static inline uint32_t mmio_read32(uint32_t address) {
    return *(volatile uint32_t*)address;
}
static inline void mmio_write32(uint32_t address, uint32_t value) {
    *(volatile uint32_t*)address = value;
}
static inline uint8_t mmio_read8(uint32_t address) {
    return *(volatile uint8_t*)address;
}
static inline void mmio_write8(uint32_t address, uint8_t value) {
    *(volatile uint8_t*)address = value;
}
/* Makes the external interrupt end cpu_sleep; it is never taken as a trap. */
static inline void cpu_enable_wakeup(void) {
    __asm__ volatile("csrw mie, %0" : : "r"(1u << 11));
}
/* Sleeps until the external interrupt line is high; may return early. */
static inline void cpu_sleep(void) {
    __asm__ volatile("wfi" : : : "memory");
}
#else
#ifdef __cplusplus
extern "C" {
#endif
uint32_t mmio_read32(uint32_t address);
void mmio_write32(uint32_t address, uint32_t value);
uint8_t mmio_read8(uint32_t address);
void mmio_write8(uint32_t address, uint8_t value);
void cpu_enable_wakeup(void);
void cpu_sleep(void);
#ifdef __cplusplus
}
#endif
#endif

#endif
