/**
 * Slot reader: an action token in front of a frame's encoded slots, transformer blocks, the token read out.
 * The trunk of the single-action inverse dynamics and of the behavior model (spec models, 6.2 and 9).
 */
#ifndef PLAYSLOT_MODELS_SLOT_READER_H
#define PLAYSLOT_MODELS_SLOT_READER_H

#include "nn/nn.h"

#define SLOT_READER_MAX_LAYERS 32

typedef struct SlotReaderConfig {
    int slot_dim, emb_dim, num_layers, num_heads, head_dim, mlp_dim;
} SlotReaderConfig;

typedef struct SlotReader {
    SlotReaderConfig config;
    int act_token;  /* (1, 1, emb) */
    LayerNorm norm; /* slot_encoder.0 */
    Linear encoder; /* slot_encoder.1 */
    TransformerBlock blocks[SLOT_READER_MAX_LAYERS];
} SlotReader;

/**
 * The reference registers the parts with other modules in between, so they are declared one by one:
 * token, then encoder, then blocks.
 */
void slot_reader_declare_token(SlotReader *out, const Scope *scope, const SlotReaderConfig *config);
void slot_reader_declare_encoder(SlotReader *out, const Scope *scope);
void slot_reader_declare_blocks(SlotReader *out, const Scope *scope);

/** slots (M, N, D) -> (M, emb): what the token holds after the last block. */
Node slot_reader(Graph *graph, const SlotReader *reader, Node slots);

#endif
