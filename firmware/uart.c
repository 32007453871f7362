/* Text output on the 16550 UART: waits for the transmitter, then writes one byte. */
#include "firmware/uart.h"

#include "firmware/port.h"

#define UART_THR (MSD_UART_BASE + 0u)
#define UART_LSR (MSD_UART_BASE + 5u)
#define UART_LSR_THR_EMPTY 0x20u

void uart_putc(char c) {
    while ((mmio_read8(UART_LSR) & UART_LSR_THR_EMPTY) == 0) {
    }
    mmio_write8(UART_THR, (uint8_t)c);
}

void uart_puts(const char* text) {
    while (*text) uart_putc(*text++);
}

void uart_put_decimal(uint32_t value) {
    char digits[10]; /* 2^32 - 1 has 10 */
    int n = 0;
    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (n) uart_putc(digits[--n]);
}

void uart_put_hex(uint32_t value) {
    uart_puts("0x");
    for (int shift = 28; shift >= 0; shift -= 4) {
        uint32_t digit = (value >> shift) & 15u;
        uart_putc((char)(digit < 10 ? '0' + digit : 'a' + digit - 10));
    }
}
