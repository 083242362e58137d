/** Parts of SAVi that its files, its tests and the golden runner build on their own. */
#ifndef PLAYSLOT_MODELS_SAVI_INTERNAL_H
#define PLAYSLOT_MODELS_SAVI_INTERNAL_H

#include "models/savi.h"

/** Initial slots by the config's name; keys below `scope` ("slots_mu", "coord_encoder.0.weight"). */
InitialSlots initial_slots_init(const Scope *scope, const char *name, int num_slots, int slot_dim);
/** (B, N, D); `input` as savi_initial_input declares it. */
Node initial_slots(Graph *graph, const InitialSlots *initial, Node input, int batch);

/** The convolutions alone, from out->config: keys encoder.<i>..., decoder.<i>... below `scope`. */
void savi_encoder_declare(Savi *out, const Scope *scope);
void savi_decoder_declare(Savi *out, const Scope *scope, int in);
/** Encoder convolutions: (B, H, W, 3) -> (B, H', W', C). */
Node savi_conv_features(Graph *graph, const Savi *savi, Node frame, NormTrace *trace);
/** Decoder from slots (M, D) to (M, H, W, 4). */
Node savi_decode_maps(Graph *graph, const Savi *savi, Node slots, NormTrace *trace);

#endif
