/**
 * Slot policy: SAVi, behavior model and action decoder behind the face of policies/policy.h; with an oracle's
 * models (slot_models.h) the behavior model's output is the action.
 *
 * Closed loop encodes every frame (slots carried over by SAVi's recurrence) and acts on what it sees;
 * imagination is the reference's way: after the first frame it acts on slots that the dynamics model predicts
 * and never looks again (spec models, 15.3, 15.4). Fresh slots encodes every frame too, but each from new initial
 * slots, as the reference's oracle program does (15.5, 20.5 no. 51). State which of them a number belongs to.
 */
#ifndef PLAYSLOT_POLICIES_SLOT_POLICY_H
#define PLAYSLOT_POLICIES_SLOT_POLICY_H

#include "policies/learned/slot_models.h"
#include "policies/policy.h"

typedef enum SlotProtocol { SLOT_CLOSED_LOOP, SLOT_IMAGINATION, SLOT_FRESH } SlotProtocol;

typedef struct SlotPolicyOptions {
    SlotProtocol protocol;
    bool pictures; /* also decode slots at every decision, for slot_policy_view */
    bool clamp;    /* actions to [-1, 1] */
} SlotPolicyOptions;
/** Closed loop, no pictures, actions as the network gives them. */
SlotPolicyOptions slot_policy_options_default(void);

/** "closed-loop", "imagination", "fresh-slots"; ERR_ARGUMENT offers the nearest. */
MUST_USE Status slot_protocol_parse(SlotProtocol *out, const char *word, Error *error);
const char *slot_protocol_name(SlotProtocol protocol);

/**
 * A policy over shared models, which must outlive it. Everything is planned here; acting allocates nothing.
 * Frames must have the models' size (ERR_SHAPE). Initial slots come from the seed given to policy_reset.
 * ERR_UNSUPPORTED for imagination with an oracle: there is no dynamics model.
 */
MUST_USE Status slot_policy_create(Policy **out, const SlotModels *models,
                                   SlotPolicyOptions options, Error *error);

/** What the policy saw and expected at its latest decision; borrowed until the next call on the policy. */
typedef struct SlotView {
    int N, D, H, W;
    const real *slots;  /* (N, D) that it acted on */
    const real *latent; /* (Z) latent action; Z = latent_size; an oracle has none: NULL, 0 */
    int latent_size;
    int code;            /* nearest code of the latent action; -1 for an oracle */
    const real *decoded; /* (N, H, W, 4) rgb and mask logit of every slot; NULL without pictures */
    const real *masks;   /* (N, H, W), sum 1 over slots; likewise */
    const real *recons;  /* (H, W, 3) decoded from `slots`, not clamped; likewise */
    const real *predicted; /* (H, W, 3) this frame as the dynamics model expected it one decision
                              ago; NULL without pictures and at the first decision */
} SlotView;
/** False before the first decision of an episode. `policy` must come from slot_policy_create. */
bool slot_policy_view(SlotView *out, const Policy *policy);

#endif
