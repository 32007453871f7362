/* What firmware reports through the exit device; 0 is success. C and C++. */
#ifndef MSD_FIRMWARE_EXIT_CODES_H
#define MSD_FIRMWARE_EXIT_CODES_H

#define MSD_EXIT_OK 0u
#define MSD_EXIT_SELFTEST 1u       /* the self-test failed */
#define MSD_EXIT_TRAP 2u           /* an unexpected trap; the UART has cause and address */
#define MSD_EXIT_VERSION 3u        /* program of another version */
#define MSD_EXIT_HEADER 4u         /* the program's header or layer table contradicts itself */
#define MSD_EXIT_ARRAY 5u          /* scheduled for an array of another size */
#define MSD_EXIT_NO_ACCELERATOR 6u /* the accelerator's ID register reads something else */
#define MSD_EXIT_ACCELERATOR 16u   /* plus the accelerator's error code (MSD_ERROR_...) */

#endif
