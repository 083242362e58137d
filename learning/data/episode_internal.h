/* Names and layout shared by the writer and the reader of episodes. */
#ifndef PLAYSLOT_DATA_EPISODE_INTERNAL_H
#define PLAYSLOT_DATA_EPISODE_INTERNAL_H

#define EPISODE_FORMAT    "playslot-episode-1"
#define EXTRA_PREFIX      "extra."
#define EPISODE_SIZE_MAX  16384   /* of any extent but the number of steps */
#define EPISODE_STEPS_MAX 1000000 /* keeps every byte count inside 64 bits */

#endif
