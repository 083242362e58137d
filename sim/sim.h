/**
 * Sim: one MuJoCo model and its data, owned by one Env. Knows no task.
 *
 * Every Sim has its own copy of the model, because resets move bodies in the model. The compiled original is
 * shared between the Sims made from one another and is never written after loading.
 *
 * Positions in metres, world frame; quaternions w x y z; rotation matrices row-major 3x3; mjtNum is double.
 * MuJoCo's fatal errors come back as ERR_SIM; after ERR_SIM a Sim may only be destroyed. Not thread-safe:
 * one Sim belongs to one thread at a time. Several Sims may be used from several threads.
 */
#ifndef PLAYSLOT_SIM_SIM_H
#define PLAYSLOT_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct Sim Sim;

/**
 * Folder of the simulation models, i.e. the one that contains `probe` (say "sawyer_xyz"), looked for in this
 * order: `option` if not NULL, the environment variable PLAYSLOT_ASSETS, third_party/metaworld/assets in a
 * folder above the program, the folder given when the program was configured. Option and variable may also
 * name the parent of "assets"; if set and wrong they are errors, never skipped.
 * *out is freed with memory_free. ERR_IO lists the places tried.
 */
MUST_USE Status sim_assets_find(char **out, const char *option, const char *probe, Error *error);

/** Where else models may lie: a package below third_party, its environment variable, a folder that it contains. */
typedef struct SimPackage {
    const char *folder, *variable, *probe;
} SimPackage;
/** As sim_assets_find for another package than Meta-World. */
MUST_USE Status sim_package_find(char **out, const char *option, const SimPackage *package,
                                 Error *error);

/**
 * Load and compile an MJCF (.xml) file and make data for it. The state is MuJoCo's initial one; nothing has
 * been computed yet. MuJoCo's silent reset of a diverged state is switched off: divergence is an error.
 * ERR_IO if the file cannot be read, ERR_FORMAT with the compiler's text, ERR_MEMORY, ERR_UNSUPPORTED if the
 * loaded MuJoCo library is not the version of the headers.
 */
MUST_USE Status sim_create(Sim **out, const char *xml_path, Error *error);

/**
 * The same from MJCF text; `name` is what errors call it. Files that the text names need absolute paths (meshdir,
 * texturedir). ERR_FORMAT with the parser's or the compiler's text.
 */
MUST_USE Status sim_create_text(Sim **out, const char *name, const char *text, Error *error);

/** Another Sim of the same compiled model, as the file had it: 100 times quicker than loading. ERR_MEMORY. */
MUST_USE Status sim_create_like(Sim **out, const Sim *other, Error *error);

/** NULL is fine. */
void sim_destroy(Sim *sim);

/** The same for all Sims made from one another, different for any other; renderers accept by it. */
uint64_t sim_model_serial(const Sim *sim);

/** Simulated seconds of one mj_step. */
double sim_timestep(const Sim *sim);

/** Version of the MuJoCo library in use, "3.3.0". */
const char *sim_version(void);

/** mj_resetData: qpos0, zero velocity, zero warm start, control and time; the model's poses stay. */
void sim_reset(Sim *sim);

/**
 * `count` times mj_step. ERR_SIM if MuJoCo reports a fatal error or the state diverged (bad position,
 * velocity or acceleration); the text names the quantity and the simulated time.
 */
MUST_USE Status sim_step(Sim *sim, int count, Error *error);

/** mj_forward: everything derived from the state; also changes the warm start (MuJoCo 3.3). ERR_SIM. */
MUST_USE Status sim_forward(Sim *sim, Error *error);

/** Positions of bodies, geoms, sites, cameras and lights only; the warm start stays. For rendering. ERR_SIM. */
MUST_USE Status sim_kinematics(Sim *sim, Error *error);

/**
 * Set the data of every weld constraint to anchor 0, relative position 0, relative quaternion (-1,0,0,0),
 * torque scale `torque_scale` (Meta-World's mocap weld).
 */
void sim_weld_reset(Sim *sim, double torque_scale);

/** Anchor 0, relative position 0, relative quaternion (1,0,0,0) of every weld; the torque scale stays (Fetch). */
void sim_weld_align(Sim *sim);

/** Velocities of a site in the world frame: its Jacobians times qvel, of the positions last computed. */
void sim_site_velocity(const Sim *sim, int site, double linear[3], double angular[3]);

typedef enum SimObject {
    SIM_BODY,
    SIM_JOINT,
    SIM_GEOM,
    SIM_SITE,
    SIM_CAMERA,
    SIM_ACTUATOR
} SimObject;

/** Index of a named object. ERR_ARGUMENT names kind, name and the nearest existing name. */
MUST_USE Status sim_find(int *out, const Sim *sim, SimObject kind, const char *name, Error *error);
/** Name of an object, or NULL when it has none or the index does not exist. Borrowed. */
const char *sim_name(const Sim *sim, SimObject kind, int index);
int sim_object_count(const Sim *sim, SimObject kind);

/** First qpos and first qvel index of a joint. */
int sim_joint_qpos(const Sim *sim, int joint);
int sim_joint_qvel(const Sim *sim, int joint);

/** First joint of a body, or -1. */
int sim_body_joint(const Sim *sim, int body);

/**
 * Sum of the normal forces (N) of all contacts between two geoms, as last computed, in a model with elliptic
 * friction cones; contacts that take no part in the constraints count nothing.
 */
double sim_contact_force(const Sim *sim, int geom, int other);

/** Body that a geom or site is fixed to. */
int sim_geom_body(const Sim *sim, int geom);
int sim_site_body(const Sim *sim, int site);
/** Parent of a body; the world (0) is its own parent. */
int sim_body_parent(const Sim *sim, int body);

/** Live addresses inside the simulator; valid until sim_destroy. */
typedef struct SimView {
    int nq, nv, nu, nbody, ngeom, nsite, nmocap;
    double *time;            /* 1 */
    double *qpos;            /* nq */
    double *qvel;            /* nv */
    double *qacc_warmstart;  /* nv */
    double *ctrl;            /* nu */
    double *mocap_pos;       /* nmocap x 3 */
    double *mocap_quat;      /* nmocap x 4 */
    const double *xpos;      /* nbody x 3, as last computed */
    const double *xquat;     /* nbody x 4 */
    const double *xmat;      /* nbody x 9 */
    const double *geom_xpos; /* ngeom x 3 */
    const double *geom_xmat; /* ngeom x 9 */
    const double *site_xpos; /* nsite x 3 */
    const double *site_xmat; /* nsite x 9 */
    double *body_pos;        /* nbody x 3, of this Sim's model */
    double *site_pos;        /* nsite x 3, of this Sim's model */
    float *geom_rgba;        /* ngeom x 4, of this Sim's model; not part of sim_state */
    float *site_rgba;        /* nsite x 4, the same */
} SimView;

/** Borrowed, valid until sim_destroy. */
const SimView *sim_view(const Sim *sim);

/**
 * Full integration state (mjSTATE_INTEGRATION: time, qpos, qvel, warm start, ctrl, applied forces, equality
 * flags, mocap poses) followed by the model's body_pos and site_pos. Setting it and stepping continues bit
 * for bit; nothing is recomputed, so call sim_kinematics before reading positions or rendering.
 */
int sim_state_size(const Sim *sim); /* in doubles */
void sim_state_get(const Sim *sim, double *state);
/** ERR_NUMERIC if a value is not finite; nothing is written then. */
MUST_USE Status sim_state_set(Sim *sim, const double *state, Error *error);

/** Whether sites have a part in the physics: by an actuator, a tendon or an equality constraint. */
bool sim_sites_act(const Sim *sim);

/** The integration state alone: the model's poses are neither read nor written. Only what _get gave may be set. */
int sim_motion_size(const Sim *sim); /* in doubles */
void sim_motion_get(const Sim *sim, double *motion);
void sim_motion_set(Sim *sim, const double *motion);

#endif
