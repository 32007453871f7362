/* Prints the checksum of every part. */
#include "firmware/uart.h"
#include "tests/iss/guest/mix.h"

/* The compiler may call this for an initialised array. */
void* memset(void* to, int value, unsigned long n) {
    for (volatile uint8_t* p = to; n != 0; --n) *p++ = (uint8_t)value;
    return to;
}

int main(void) {
    for (int i = 0; i < MIX_PARTS; ++i) {
        uart_put_hex(mix_part(i));
        uart_puts("\n");
    }
    return 0;
}
