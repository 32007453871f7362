/* Text output on the 16550 UART. */
#ifndef MSD_FIRMWARE_UART_H
#define MSD_FIRMWARE_UART_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
void uart_putc(char c);
void uart_puts(const char* text); /* no line feed is added */
void uart_put_decimal(uint32_t value);
void uart_put_hex(uint32_t value); /* 0x and 8 digits */
#ifdef __cplusplus
}
#endif

#endif
