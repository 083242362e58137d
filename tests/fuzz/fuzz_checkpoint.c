#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "training/checkpoint.h"

static const CheckpointPart part = { "savi.", "" };

static void require(Status status)
{
    if (status) abort();
}

/* one weight and one buffer: enough for every key a checkpoint has */
static ParamStore *make_store(void)
{
    Error error;
    ParamStore *store = NULL;
    const Init zero = { .kind = INIT_ZERO };
    require(params_create(&store, &error));
    params_declare(store, "savi.w", SHAPE(2), zero);
    params_declare_buffer(store, "savi.b", SHAPE(1), zero);
    require(params_allocate(store, &error));
    return store;
}

static void try_resume(const char *path, ParamStore *store)
{
    Error error;
    static const int trained[] = { 0 };
    Optimizer *optimizer = NULL;
    require(optimizer_create(&optimizer, store, trained, 1, adam_default(), &error));
    TrainState state = { 0 };
    const CheckpointView view = { .kind = "SAVi",
                                  .store = store,
                                  .parts = &part,
                                  .part_count = 1,
                                  .optimizers = &optimizer,
                                  .config = "{}" };
    if (!checkpoint_resume(path, &view, &state, &error) &&
        (state.epoch < 0 || state.it < 0 || state.step < 0 ||
         state.loss_count > CHECKPOINT_LOSSES_MAX))
        abort();
    optimizer_destroy(optimizer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error error;
    const char *path = fuzz_file(data, size);
    ParamStore *store = make_store();
    Json *config = NULL;
    if (checkpoint_load(path, "SAVi", store, &part, 1, &error) && !error.text[0]) abort();
    try_resume(path, store);
    if (!checkpoint_config(&config, path, &error)) json_destroy(config);
    params_destroy(store);
    return 0;
}
