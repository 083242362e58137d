#include "sim/sim.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "sim/guard.h"
#include "sim/sim_internal.h"

/* ---- creation ---- */

typedef struct LoadCall {
    const char *path;
    const char *xml; /* NULL: the file's */
    mjModel *model;
    char text[600];
} LoadCall;

static mjModel *compile_text(LoadCall *call)
{
    mjSpec *spec = mj_parseXMLString(call->xml, NULL, call->text, (int)sizeof call->text);
    if (!spec) return NULL;
    mjModel *model = mj_compile(spec, NULL);
    if (!model) snprintf(call->text, sizeof call->text, "%s", mjs_getError(spec));
    mj_deleteSpec(spec);
    return model;
}

static void call_load(void *user)
{
    LoadCall *call = user;
    if (call->xml)
        call->model = compile_text(call);
    else
        call->model = mj_loadXML(call->path, NULL, call->text, (int)sizeof call->text);
}

static void drop_last_newlines(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '\n')
        text[--length] = '\0';
}

/* of a file, or of text by that name */
static Status load_model(mjModel **out, const char *path, const char *xml, Error *error)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* MuJoCo keeps the last file parsed */
    if (mj_version() != mjVERSION_HEADER)
        return error_set(error, ERR_UNSUPPORTED, "MuJoCo library %s, built for version %d",
                         mj_versionString(), mjVERSION_HEADER);
    if (!xml && !file_exists(path))
        return error_set(error, ERR_IO, "model '%s' does not exist", path);
    LoadCall call = { .path = path, .xml = xml };
    pthread_mutex_lock(&lock);
    Status status = guard_run(call_load, &call, error);
    pthread_mutex_unlock(&lock);
    if (status) return error_wrap(error, "load '%s'", path);
    drop_last_newlines(call.text);
    if (!call.model) return error_set(error, ERR_FORMAT, "load '%s': %s", path, call.text);
    *out = call.model;
    return OK;
}

typedef struct CopyCall {
    const mjModel *original;
    mjModel *model;
    mjData *data;
} CopyCall;

static void call_copy(void *user)
{
    CopyCall *call = user;
    call->model = mj_copyModel(NULL, call->original);
    if (call->model) call->data = mj_makeData(call->model);
}

static void fill_view(Sim *sim)
{
    mjModel *m = sim->model;
    mjData *d = sim->data;
    sim->view = (SimView){
        .nq = m->nq,
        .nv = m->nv,
        .nu = m->nu,
        .nbody = m->nbody,
        .ngeom = m->ngeom,
        .nsite = m->nsite,
        .nmocap = m->nmocap,
        .time = &d->time,
        .qpos = d->qpos,
        .qvel = d->qvel,
        .qacc_warmstart = d->qacc_warmstart,
        .ctrl = d->ctrl,
        .mocap_pos = d->mocap_pos,
        .mocap_quat = d->mocap_quat,
        .xpos = d->xpos,
        .xquat = d->xquat,
        .xmat = d->xmat,
        .geom_xpos = d->geom_xpos,
        .geom_xmat = d->geom_xmat,
        .site_xpos = d->site_xpos,
        .site_xmat = d->site_xmat,
        .body_pos = m->body_pos,
        .site_pos = m->site_pos,
        .geom_rgba = m->geom_rgba,
        .site_rgba = m->site_rgba,
    };
}

static void release_original(SimOriginal *original)
{
    if (atomic_fetch_sub(&original->owners, 1) > 1) return;
    mj_deleteModel(original->model);
    memory_free(original);
}

/* takes one reference of `original` over, also when it fails */
static Status create_from(Sim **out, SimOriginal *original, Error *error)
{
    *out = NULL;
    Sim *sim = NULL;
    Status status = memory_new(&sim, error);
    if (status) {
        release_original(original);
        return status;
    }
    sim->original = original;
    CopyCall call = { .original = original->model };
    status = guard_run(call_copy, &call, error);
    sim->model = call.model;
    sim->data = call.data;
    if (!status && !call.data) status = error_set(error, ERR_MEMORY, "no memory for a model copy");
    if (status) {
        sim_destroy(sim);
        return status;
    }
    sim->model->opt.disableflags |= mjDSBL_AUTORESET;
    fill_view(sim);
    *out = sim;
    return OK;
}

static uint64_t next_serial(void)
{
    static atomic_uint_fast64_t serial;
    return atomic_fetch_add(&serial, 1) + 1;
}

static Status create_first(Sim **out, const char *path, const char *xml, Error *error)
{
    *out = NULL;
    SimOriginal *original = NULL;
    Status status = memory_new(&original, error);
    if (status) return status;
    status = load_model(&original->model, path, xml, error);
    if (status) {
        memory_free(original);
        return status;
    }
    original->serial = next_serial();
    atomic_init(&original->owners, 1);
    return create_from(out, original, error);
}

Status sim_create(Sim **out, const char *xml_path, Error *error)
{
    return create_first(out, xml_path, NULL, error);
}

Status sim_create_text(Sim **out, const char *name, const char *text, Error *error)
{
    return create_first(out, name, text, error);
}

Status sim_create_like(Sim **out, const Sim *other, Error *error)
{
    atomic_fetch_add(&other->original->owners, 1);
    return create_from(out, other->original, error);
}

void sim_destroy(Sim *sim)
{
    if (!sim) return;
    mj_deleteData(sim->data);
    mj_deleteModel(sim->model);
    release_original(sim->original);
    memory_free(sim);
}

double sim_timestep(const Sim *sim)
{
    return sim->model->opt.timestep;
}

uint64_t sim_model_serial(const Sim *sim)
{
    return sim->original->serial;
}

const char *sim_version(void)
{
    return mj_versionString();
}

/* ---- running ---- */

void sim_reset(Sim *sim)
{
    mj_resetData(sim->model, sim->data);
}

typedef struct StepCall {
    Sim *sim;
    int count;
} StepCall;

static bool diverged(const mjData *d)
{
    return d->warning[mjWARN_BADQPOS].number || d->warning[mjWARN_BADQVEL].number ||
           d->warning[mjWARN_BADQACC].number;
}

static void call_step(void *user)
{
    const StepCall *call = user;
    for (int i = 0; i < call->count && !diverged(call->sim->data); i++)
        mj_step(call->sim->model, call->sim->data);
}

static Status check_diverged(const mjData *d, Error *error)
{
    if (!diverged(d)) return OK;
    const char *what = d->warning[mjWARN_BADQPOS].number   ? "position"
                       : d->warning[mjWARN_BADQVEL].number ? "velocity"
                                                           : "acceleration";
    return error_set(error, ERR_SIM, "simulation diverged: bad %s at %.4f s", what, d->time);
}

Status sim_step(Sim *sim, int count, Error *error)
{
    StepCall call = { .sim = sim, .count = count };
    Status status = guard_run(call_step, &call, error);
    return status ? status : check_diverged(sim->data, error);
}

static void call_forward(void *user)
{
    Sim *sim = user;
    mj_forward(sim->model, sim->data);
}

Status sim_forward(Sim *sim, Error *error)
{
    Status status = guard_run(call_forward, sim, error);
    return status ? status : check_diverged(sim->data, error);
}

static void call_kinematics(void *user)
{
    Sim *sim = user;
    mj_kinematics(sim->model, sim->data);
    mj_comPos(sim->model, sim->data);
    mj_camlight(sim->model, sim->data);
}

Status sim_kinematics(Sim *sim, Error *error)
{
    return guard_run(call_kinematics, sim, error);
}

void sim_weld_reset(Sim *sim, double torque_scale)
{
    /* where there is a twelfth number, 0 means: mj_setConst leaves the relative pose alone */
    const mjtNum data[mjNEQDATA] = { 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, torque_scale };
    for (int i = 0; i < sim->model->neq; i++)
        if (sim->model->eq_type[i] == mjEQ_WELD)
            memcpy(sim->model->eq_data + (size_t)i * mjNEQDATA, data, sizeof data);
}

void sim_weld_align(Sim *sim)
{
    const mjtNum data[10] = { 0, 0, 0, 0, 0, 0, 1, 0, 0, 0 };
    for (int i = 0; i < sim->model->neq; i++)
        if (sim->model->eq_type[i] == mjEQ_WELD)
            memcpy(sim->model->eq_data + (size_t)i * mjNEQDATA, data, sizeof data);
}

/* column `dof` of the Jacobian of a point of `body`, which it moves */
static void add_column(const mjData *d, int dof, const double offset[3], double linear[3],
                       double angular[3])
{
    const mjtNum *cdof = d->cdof + 6 * (size_t)dof; /* angular, linear about the centre of mass */
    mjtNum arm[3];
    mju_cross(arm, cdof, offset);
    for (int k = 0; k < 3; k++) {
        linear[k] += (cdof[3 + k] + arm[k]) * d->qvel[dof];
        angular[k] += cdof[k] * d->qvel[dof];
    }
}

/* from the root of the tree to the body: the order of the columns */
static void add_columns(const Sim *sim, int body, const double offset[3], double linear[3],
                        double angular[3])
{
    const mjModel *m = sim->model;
    if (body == 0) return;
    add_columns(sim, m->body_parentid[body], offset, linear, angular);
    for (int i = 0; i < m->body_dofnum[body]; i++)
        add_column(sim->data, m->body_dofadr[body] + i, offset, linear, angular);
}

void sim_site_velocity(const Sim *sim, int site, double linear[3], double angular[3])
{
    const mjModel *m = sim->model;
    const mjData *d = sim->data;
    const int body = m->site_bodyid[site];
    mjtNum offset[3];
    mju_sub3(offset, d->site_xpos + 3 * (size_t)site,
             d->subtree_com + 3 * (size_t)m->body_rootid[body]);
    memset(linear, 0, 3 * sizeof *linear);
    memset(angular, 0, 3 * sizeof *angular);
    add_columns(sim, body, offset, linear, angular);
}

/* ---- names ---- */

static const struct {
    mjtObj type;
    const char *word;
} object_kinds[] = {
    [SIM_BODY] = { mjOBJ_BODY, "body" },       [SIM_JOINT] = { mjOBJ_JOINT, "joint" },
    [SIM_GEOM] = { mjOBJ_GEOM, "geom" },       [SIM_SITE] = { mjOBJ_SITE, "site" },
    [SIM_CAMERA] = { mjOBJ_CAMERA, "camera" }, [SIM_ACTUATOR] = { mjOBJ_ACTUATOR, "actuator" },
};

int sim_object_count(const Sim *sim, SimObject kind)
{
    const mjModel *m = sim->model;
    switch (kind) {
    case SIM_BODY:
        return m->nbody;
    case SIM_JOINT:
        return m->njnt;
    case SIM_GEOM:
        return m->ngeom;
    case SIM_SITE:
        return m->nsite;
    case SIM_CAMERA:
        return m->ncam;
    case SIM_ACTUATOR:
        return m->nu;
    }
    return 0;
}

const char *sim_name(const Sim *sim, SimObject kind, int index)
{
    if (index < 0 || index >= sim_object_count(sim, kind)) return NULL;
    const char *name = mj_id2name(sim->model, (int)object_kinds[kind].type, index);
    return name && *name ? name : NULL;
}

/* "no body 'boxx' in the model (did you mean 'box'?)" */
static Status unknown_name(const Sim *sim, SimObject kind, const char *name, Error *error)
{
    const char **names = NULL;
    const int total = sim_object_count(sim, kind);
    Status status = memory_new_array(&names, (size_t)total, error);
    if (status) return status;
    int count = 0;
    for (int i = 0; i < total; i++) {
        const char *candidate = sim_name(sim, kind, i);
        if (candidate) names[count++] = candidate;
    }
    const char *near = nearest_name(name, names, count);
    const char *word = object_kinds[kind].word;
    if (near)
        status = error_set(error, ERR_ARGUMENT, "no %s '%s' in the model (did you mean '%s'?)",
                           word, name, near);
    else
        status = error_set(error, ERR_ARGUMENT, "no %s '%s' in the model", word, name);
    memory_free(names);
    return status;
}

Status sim_find(int *out, const Sim *sim, SimObject kind, const char *name, Error *error)
{
    *out = mj_name2id(sim->model, (int)object_kinds[kind].type, name);
    return *out >= 0 ? OK : unknown_name(sim, kind, name, error);
}

int sim_joint_qpos(const Sim *sim, int joint)
{
    return sim->model->jnt_qposadr[joint];
}

int sim_joint_qvel(const Sim *sim, int joint)
{
    return sim->model->jnt_dofadr[joint];
}

int sim_body_joint(const Sim *sim, int body)
{
    return sim->model->body_jntadr[body];
}

static bool is_between(const mjContact *contact, int geom, int other)
{
    return (contact->geom[0] == geom && contact->geom[1] == other) ||
           (contact->geom[0] == other && contact->geom[1] == geom);
}

double sim_contact_force(const Sim *sim, int geom, int other)
{
    const mjData *d = sim->data;
    double sum = 0;
    for (int i = 0; i < d->ncon; i++)
        if (is_between(&d->contact[i], geom, other) && d->contact[i].efc_address >= 0)
            sum += d->efc_force[d->contact[i].efc_address];
    return sum;
}

int sim_geom_body(const Sim *sim, int geom)
{
    return sim->model->geom_bodyid[geom];
}

int sim_site_body(const Sim *sim, int site)
{
    return sim->model->site_bodyid[site];
}

int sim_body_parent(const Sim *sim, int body)
{
    return sim->model->body_parentid[body];
}

bool sim_sites_act(const Sim *sim)
{
    const mjModel *m = sim->model;
    for (int i = 0; i < m->nu; i++)
        if (m->actuator_trntype[i] == mjTRN_SITE || m->actuator_trntype[i] == mjTRN_SLIDERCRANK)
            return true;
    for (int i = 0; i < m->nwrap; i++)
        if (m->wrap_type[i] == mjWRAP_SITE) return true;
    for (int i = 0; i < m->neq; i++)
        if (m->eq_objtype[i] == mjOBJ_SITE) return true;
    return false;
}

const SimView *sim_view(const Sim *sim)
{
    return &sim->view;
}

/* ---- state ---- */

int sim_motion_size(const Sim *sim)
{
    return mj_stateSize(sim->model, mjSTATE_INTEGRATION);
}

void sim_motion_get(const Sim *sim, double *motion)
{
    mj_getState(sim->model, sim->data, motion, mjSTATE_INTEGRATION);
}

void sim_motion_set(Sim *sim, const double *motion)
{
    mj_setState(sim->model, sim->data, motion, mjSTATE_INTEGRATION);
}

int sim_state_size(const Sim *sim)
{
    return sim_motion_size(sim) + 3 * sim->model->nbody + 3 * sim->model->nsite;
}

void sim_state_get(const Sim *sim, double *state)
{
    sim_motion_get(sim, state);
    double *body_pos = state + sim_motion_size(sim);
    double *site_pos = body_pos + 3 * (size_t)sim->model->nbody;
    memcpy(body_pos, sim->model->body_pos, 3 * (size_t)sim->model->nbody * sizeof *body_pos);
    memcpy(site_pos, sim->model->site_pos, 3 * (size_t)sim->model->nsite * sizeof *site_pos);
}

Status sim_state_set(Sim *sim, const double *state, Error *error)
{
    const int size = sim_state_size(sim);
    for (int i = 0; i < size; i++)
        if (!isfinite(state[i]))
            return error_set(error, ERR_NUMERIC, "simulator state: element %d is %g", i, state[i]);
    sim_motion_set(sim, state);
    const double *body_pos = state + sim_motion_size(sim);
    const double *site_pos = body_pos + 3 * (size_t)sim->model->nbody;
    memcpy(sim->model->body_pos, body_pos, 3 * (size_t)sim->model->nbody * sizeof *body_pos);
    memcpy(sim->model->site_pos, site_pos, 3 * (size_t)sim->model->nsite * sizeof *site_pos);
    return OK;
}
