/**
 * How a predictor goes over a clip: what it sees, how far it predicts, and whether it is being trained.
 */
#ifndef PLAYSLOT_MODELS_CLIP_PASS_H
#define PLAYSLOT_MODELS_CLIP_PASS_H

#include "nn/nn.h"

#define CLIP_MAX_FRAMES 400 /* of one unrolled roll-out */

typedef struct ClipPass {
    int num_seed, num_preds; /* n, m */
    int buffer;              /* OCVP: frames kept (input_buffer_size); below num_seed: num_seed */
    bool pred_only;          /* OCVP: start from all n seed frames and predict only the m others */
    bool teacher_force;      /* OCVP: continue from the true frames; for training */
    DropoutTrace *dropout;   /* NULL: evaluation */
} ClipPass;

#endif
