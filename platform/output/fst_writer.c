/* The FST writer that comes with Verilator (fstapi, LZ4, FastLZ: MIT and BSD licences) behind a few functions. CMake makes
 * all others of this object local, so that it can be linked beside a Verilated model that has the same writer. */
#define FST_CONFIG_INCLUDE <fst_config.h>
#include <fastlz.c>
#include <fstapi.c>
#include <lz4.c>

#include "platform/output/fst_writer.h"

#define MSD_PUBLIC __attribute__((visibility("default")))

MSD_PUBLIC void* msd_fst_create(const char* path) {
    void* fst = fstWriterCreate(path, 1);
    if (!fst) return fst;
    fstWriterSetDate(fst, "");
    fstWriterSetVersion(fst, "MSD virtual platform");
    fstWriterSetTimescale(fst, -12);
    fstWriterSetPackType(fst, FST_WR_PT_LZ4);
    return fst;
}

MSD_PUBLIC void msd_fst_scope(void* fst, const char* name) {
    fstWriterSetScope(fst, FST_ST_VCD_MODULE, name, NULL);
}

MSD_PUBLIC void msd_fst_upscope(void* fst) {
    fstWriterSetUpscope(fst);
}

MSD_PUBLIC uint32_t msd_fst_signal(void* fst, const char* name, uint32_t width) {
    return fstWriterCreateVar(fst, FST_VT_VCD_WIRE, FST_VD_IMPLICIT, width, name, 0);
}

MSD_PUBLIC void msd_fst_time(void* fst, uint64_t ps) {
    fstWriterEmitTimeChange(fst, ps);
}

MSD_PUBLIC void msd_fst_value(void* fst, uint32_t signal, const char* bits) {
    fstWriterEmitValueChange(fst, signal, bits);
}

MSD_PUBLIC void msd_fst_close(void* fst) {
    fstWriterClose(fst);
}
