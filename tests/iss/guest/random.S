# Runs the instructions at `random_code`, which the test fills in; every trap is skipped after its causes were read.
# s0 and sp point into `scratch` and are never written by the random part.
    .section .text.start
    .globl _start
_start:
    la t0, handler
    csrw mtvec, t0
    la s0, scratch + 4096
    la sp, scratch + 4096
    la t0, random_code
    jr t0

    .globl finish
finish:
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
1:  wfi
    j 1b

    .balign 4
handler:
    csrw mscratch, t0
    sw t1, 0(s0)
    csrr t0, mcause
    csrr t1, mtval
    csrr t0, mepc
    lhu t1, 0(t0)
    andi t1, t1, 3
    addi t1, t1, -3
    seqz t1, t1
    slli t1, t1, 1
    addi t0, t0, 2
    add t0, t0, t1
    csrw mepc, t0
    lw t1, 0(s0)
    csrr t0, mscratch
    mret

    .data
    .balign 4
    .globl random_code
random_code:
    .ascii "RANDOM CODE HERE"
    .zero 65536
    .balign 16
scratch:
    .zero 8192
