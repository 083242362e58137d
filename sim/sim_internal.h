/**
 * What sim.c and render.c share. Not for other rooms: MuJoCo's types stay in here.
 */
#ifndef PLAYSLOT_SIM_SIM_INTERNAL_H
#define PLAYSLOT_SIM_SIM_INTERNAL_H

#include <stdatomic.h>

#include <mujoco/mujoco.h>

#include "sim/sim.h"

/* the compiled model, shared by reference count between Sims; never written after loading */
typedef struct SimOriginal {
    mjModel *model;
    uint64_t serial;
    atomic_int owners;
} SimOriginal;

struct Sim {
    SimOriginal *original;
    mjModel *model; /* own copy */
    mjData *data;
    SimView view;
};

#endif
