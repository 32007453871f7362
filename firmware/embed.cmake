# Writes the bytes of INPUT as the C++ array of firmware/firmware_image.h to OUTPUT.
file(READ ${INPUT} hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR size "${digits} / 2")
string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
file(WRITE ${OUTPUT} "// Generated from the firmware's ELF file by firmware/embed.cmake.
#include \"firmware/firmware_image.h\"

namespace msd::platform {
const unsigned char kFirmwareElf[] = {
${hex}
};
const size_t kFirmwareElfSize = ${size};
}  // namespace msd::platform
")
