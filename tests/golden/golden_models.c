/**
 * Runs every fixture of a folder: golden_models DIR. One line per file with its worst error, then
 * "N passed, N failed"; exit status 1 if any failed.
 */
#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "base/memory.h"
#include "golden/golden_models_runners.h"

/* a fixture belongs to the longest matching prefix of its name */
typedef struct Kind {
    const char *prefix;
    FixtureRunner run;
} Kind;

static const Kind kinds[] = {
    { "action_cond_ocvp", run_action_cond },
    { "action_cond_train_", run_ocvp_training },
    { "action_decoder", run_action_decoder },
    { "behavior_cloner", run_behavior_cloner },
    { "behavior_train_", run_behavior_training },
    { "causal_masks", run_causal_masks },
    { "conv_block_", run_conv_block },
    { "decoder_", run_decoder },
    { "dyn_", run_dynamics },
    { "ema_vq_sequence", run_codebook_sequence },
    { "encoder_", run_encoder },
    { "fixed_action_rollout", run_fixed_action_rollout },
    { "gelu_curve", run_gelu_curve },
    { "gru_cell", run_gru_cell },
    { "init_", run_initializer },
    { "invdyn_", run_inverse_dynamics },
    { "latent_decompose", run_latent_decompose },
    { "layer_norm", run_layer_norm },
    { "learned_pos_enc", run_learned_position },
    { "linear", run_linear },
    { "loss_tracker", run_loss_tracker },
    { "lpips_", run_lpips },
    { "lr_schedule", run_schedule },
    { "metric_best_of", run_metric_best_of },
    { "mha_cross", run_cross_attention },
    { "mha_self", run_self_attention },
    { "mlp_", run_mlp },
    { "multi_sample_", run_multi_sample },
    { "ocvp_eval", run_ocvp_eval },
    { "ocvp_par", run_ocvp_parallel },
    { "ocvp_train_", run_ocvp_training },
    { "ocvpseq_layer", run_ocvp_layer },
    { "optim_", run_optimizer },
    { "oracle_closed_loop", run_oracle_closed_loop },
    { "oracle_train_", run_oracle_training },
    { "playslot_train_", run_playslot_training },
    { "playslot_eval", run_playslot_eval },
    { "policy_imagination", run_policy_imagination },
    { "psnr_ssim", run_psnr_ssim },
    { "savi_batchnorm", run_savi },
    { "savi_com", run_savi },
    { "savi_decode", run_savi_decode },
    { "savi_eval", run_savi_eval },
    { "savi_full", run_savi },
    { "savi_learned", run_savi },
    { "savi_train_", run_savi_training },
    { "sinusoidal_pos_enc", run_sinusoidal_position },
    { "slot_attention_", run_slot_attention },
    { "slot_latent_", run_predictor },
    { "slot_pos_enc", run_slot_position },
    { "slot_single_action_", run_predictor },
    { "soft_position_embed", run_soft_position },
    { "transformer_decoder_block", run_transformer_block },
    { "transformer_decoder_cross", run_transformer_cross_block },
    { "transformer_encoder_block", run_transformer_block },
    { "transition_", run_transition },
    { "vis_helpers", run_vis_helpers },
    { "vq_train", run_codebook },
    { "vq_usage_meter", run_code_usage },
    { "vq_variability", run_codebook_variability },
    { "wrapper_", run_wrapper },
};

static FixtureRunner find_runner(const char *name)
{
    FixtureRunner best = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const size_t length = strlen(kinds[i].prefix);
        if (length > longest && !strncmp(name, kinds[i].prefix, length)) {
            best = kinds[i].run;
            longest = length;
        }
    }
    return best;
}

static bool run_file(const char *path, const char *file)
{
    Fixture fixture;
    fixture_init(&fixture, path);
    const FixtureRunner run = find_runner(fixture.name);
    if (!run)
        fixture_fail(&fixture, "kind not supported: '%s'", fixture.name);
    else if (!fixture.problem[0])
        run(&fixture);
    fixture_finish(&fixture);
    const bool passed = !fixture.problem[0];
    printf("%-6s %-38s", passed ? "ok" : "FAILED", file);
    if (passed)
        printf(" worst %.2e (%.2f of the allowance) at %s", fixture.worst_error, fixture.worst,
               fixture.worst_name);
    else
        printf(" %s", fixture.problem);
    putchar('\n');
    fixture_release(&fixture);
    return passed;
}

int main(int count, char **arguments)
{
    Error error = { OK, "" };
    NameList names;
    if (count != 2) {
        fprintf(stderr, "usage: golden_models DIR\n");
        return 2;
    }
    if (directory_list(&names, arguments[1], ".safetensors", &error)) {
        fprintf(stderr, "golden_models: %s\n", error.text);
        return 1;
    }
    int passed = 0;
    for (int i = 0; i < names.count; i++) {
        char *path = NULL;
        if (!path_join(&path, arguments[1], names.names[i], &error))
            passed += run_file(path, names.names[i]);
        memory_free(path);
        fflush(stdout);
    }
    printf("%d passed, %d failed\n", passed, names.count - passed);
    const bool ok = names.count > 0 && passed == names.count;
    name_list_release(&names);
    return ok ? 0 : 1;
}
