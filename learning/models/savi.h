/**
 * SAVi: slots from video, and pictures from slots (Kipf et al. 2022; spec models, section 2).
 *
 * Letters: B clips, T frames, N slots, D slot size, E feature size, L = H' * W' locations of the encoder's
 * feature map. Pictures are channels-last in [0, 1]. A Savi holds parameter indices only: one ParamStore
 * serves any number of graphs, and graphs any number of plans.
 */
#ifndef PLAYSLOT_MODELS_SAVI_H
#define PLAYSLOT_MODELS_SAVI_H

#include "base/config.h"
#include "nn/nn.h"

/** decoder.decoder_params.upsample null: no upsampling layers, hence other key numbers. */
#define UPSAMPLE_NONE 0

typedef struct ConvCoderConfig {
    IntList num_channels;
    int kernel_size;
    IntList resolution;      /* H, W: encoder's feature map, or the grid slots are broadcast to */
    bool downsample_encoder; /* encoder: max-pool after every block but the last */
    int downsample;          /* by this factor */
    bool downsample_decoder; /* read by nobody */
    int upsample;            /* decoder: factor after every block but the last, or UPSAMPLE_NONE */
    int stride;              /* of every block */
    bool batch_norm;
} ConvCoderConfig;

/** model.model_params of experiment_params.json (spec models, 17.2). */
typedef struct SaviConfig {
    int num_slots, slot_dim;
    int num_iterations_first, num_iterations;
    int in_channels; /* 3 */
    int mlp_hidden, mlp_encoder_dim;
    char initializer[CONFIG_STRING_MAX]; /* Learned, LearnedRandom, CoM, BBox */
    char transition[CONFIG_STRING_MAX];  /* TransformerBlock; "", None, none: identity */
    int transition_num_heads, transition_head_dim, transition_mlp_size;
    ConvCoderConfig encoder;
    ConvCoderConfig decoder;
} SaviConfig;

/** The configuration that the reference writes into a new experiment. */
SaviConfig savi_config_default(void);
/**
 * From the object model.model_params; `where` is its path for messages. Unknown keys, wrong types and values
 * out of range are ERR_FORMAT and name the key. num_iterations_first null means num_iterations.
 */
MUST_USE Status savi_config_load(SaviConfig *out, const Json *params, const char *where,
                                 Error *error);
/** The same object written; the caller owns *out. */
MUST_USE Status savi_config_store(Json **out, const SaviConfig *config, Error *error);
/**
 * ERR_SHAPE unless the encoder's feature map of a height x width picture has encoder_params.resolution and
 * the decoder's picture is height x width again; the message gives both sizes.
 */
MUST_USE Status savi_config_check_image(const SaviConfig *config, int height, int width,
                                        Error *error);
/** Size of the picture that the decoder makes. */
void savi_config_image(const SaviConfig *config, int *height, int *width);

typedef enum SaviInitializer {
    SAVI_LEARNED,
    SAVI_LEARNED_RANDOM, /* needs slot noise (B, N, D), standard normal */
    SAVI_COM,            /* needs coordinates (B, N, 2) */
    SAVI_BBOX            /* needs coordinates (B, N, 4) */
} SaviInitializer;

typedef struct InitialSlots {
    SaviInitializer kind;
    int num_slots, slot_dim;
    int slots;             /* Learned (1, N, D) */
    int mu, sigma;         /* LearnedRandom (1, 1, D) */
    Linear coord0, coord2; /* CoM, BBox */
} InitialSlots;

/** Corrector (Locatello et al. 2020, Algorithm 1 with a GRU). Keys norm_*, to_*, gru, mlp. */
typedef struct SlotAttention {
    LayerNorm norm_input, norm_slot, norm_mlp;
    Linear to_q, to_k, to_v;
    Gru gru;
    Mlp mlp;
    int slot_dim;
} SlotAttention;

typedef struct Savi {
    SaviConfig config;
    InitialSlots initializer;
    bool has_transition;
    TransformerBlock transition;
    ConvBlock encoder[CONFIG_LIST_MAX];
    PositionEmbedding encoder_position;
    LayerNorm encoder_norm;
    Linear encoder_mlp1, encoder_mlp3;
    PositionEmbedding decoder_position;
    ConvBlock decoder[CONFIG_LIST_MAX];
    ConvBlock decoder_last; /* 3x3, four channels, no activation */
    SlotAttention corrector;
} Savi;

/** Declare every parameter as "<prefix>.<reference key>" ("savi.encoder.encoder.0.block.0.weight"). */
void savi_declare(Savi *out, ParamStore *store, const SaviConfig *config, const char *prefix);

/**
 * What the initial slots need besides parameters, for a batch of B clips: an input node named
 * "<name>slot_noise" (B, N, D) or "<name>coordinates" (B, N, 2 or 4); NODE_NONE for Learned. The caller fills
 * it before every run (noise: rng_stream(seed, "slot-noise", step), in evaluation too). Fewer objects than
 * slots: rows of -1 (spec models, 20.2 no. 17).
 */
Node savi_initial_input(Graph *graph, const Savi *savi, const char *name, int batch);
/** Prior of the first frame (B, N, D); `input` as above. */
Node savi_initial_slots(Graph *graph, const Savi *savi, Node input, int batch);

/** frame (B, H, W, 3) -> features (B, L, E). trace NULL: evaluation mode. */
Node savi_encode(Graph *graph, const Savi *savi, Node frame, NormTrace *trace);

typedef struct SlotAttentionResult {
    Node slots;   /* (B, N, D) corrected */
    Node weights; /* (B, N, L) of the last iteration, after the softmax over slots plus 1e-8 */
} SlotAttentionResult;
/** features (B, L, E), slots (B, N, D); several iterations, gradients through all of them. */
SlotAttentionResult slot_attention(Graph *graph, const SlotAttention *layer, Node features,
                                   Node slots, int iterations);
SlotAttention slot_attention_init(const Scope *scope, int feature_dim, int slot_dim,
                                  int mlp_hidden);

/** Slots of one frame, and the prior of the next one. */
typedef struct SaviStep {
    Node slots; /* (B, N, D) corrected on this frame */
    Node prior; /* (B, N, D) transition(slots): the next frame's prior */
} SaviStep;
/** First frame: num_iterations_first on the initial slots `prior`; later frames: num_iterations. */
SaviStep savi_step(Graph *graph, const Savi *savi, Node frame, Node prior, bool first,
                   NormTrace *trace);

typedef struct SaviPicture {
    Node decoded; /* (M, N, H, W, 4): rgb and mask logit per slot */
    Node masks;   /* (M, N, H, W), sum 1 over slots */
    Node recons;  /* (M, H, W, 3), not clamped */
} SaviPicture;
/** slots (M, N, D), M any number of slot sets. */
SaviPicture savi_decode(Graph *graph, const Savi *savi, Node slots, NormTrace *trace);
/** The rgb part of `decoded` (..., 4): every slot's own picture (..., 3). */
Node savi_objects(Graph *graph, Node decoded);

typedef struct SaviClip {
    Node slots;   /* (B, T, N, D) */
    Node prior;   /* (B, N, D) for frame T */
    Node decoded; /* (B, T, N, H, W, 4); NODE_NONE when not decoded, like the two below */
    Node masks;   /* (B, T, N, H, W) */
    Node recons;  /* (B, T, H, W, 3) */
} SaviClip;
/**
 * A whole clip: video (B, T, H, W, 3), initial input as savi_initial_input gives it. The recurrence is
 * unrolled over T; pictures are decoded afterwards in one batch, since nothing feeds back. With a trace
 * (training mode) and batch norm they are decoded frame by frame, as the running values must see them.
 */
SaviClip savi_clip(Graph *graph, const Savi *savi, Node video, Node initial, bool decode,
                   NormTrace *trace);

#endif
