/* Cage and pinch on a made-up gripper; that they are upstream's to the bit is checked by golden_envs. */
#include "support/test.h"

#include <math.h>
#include <string.h>

#include "envs/gripper.h"

enum { LEFT, RIGHT, BODIES };

/* pads 4 cm left and right of the finger tips along y */
typedef struct Hand {
    TaskContext context;
    SimView view;
    double xpos[3 * BODIES];
} Hand;

static double tips[3];

static void made_up_tcp(const TaskContext *context, double out[3])
{
    (void)context;
    memcpy(out, tips, sizeof tips);
}

static const RobotDef robot = { .name = "made up", .tcp = made_up_tcp };
static const TaskDef task = { .name = "made up", .robot = &robot };
static const double object_start[3] = { 0.1, 0.6, 0.02 };

static void move_hand(Hand *hand, double x, double y, double z)
{
    tips[0] = x;
    tips[1] = y;
    tips[2] = z;
    for (int i = 0; i < BODIES; i++)
        memcpy(hand->xpos + 3 * i, tips, sizeof tips);
    hand->xpos[3 * LEFT + 1] += 0.04;
    hand->xpos[3 * RIGHT + 1] -= 0.04;
}

static void make_hand(Hand *hand)
{
    *hand = (Hand){ .context = { .task = &task,
                                 .robot = { .left_pad = LEFT, .right_pad = RIGHT },
                                 .tcp_start = { 0, 0.6, 0.2 } } };
    hand->view.xpos = hand->xpos;
    hand->context.view = &hand->view;
    memcpy(hand->context.object_start, object_start, sizeof object_start);
    move_hand(hand, object_start[0], object_start[1], object_start[2]);
}

static Number cage_of(const Hand *hand, CageMode mode, float effort)
{
    const Cage cage = { 0.015, 0.05, 0.01, .effort = 0.5, .mode = mode };
    const float action[ENV_ACTION] = { 0, 0, 0, effort };
    return cage_reward(&hand->context, object_start, object_start, action, &cage);
}

static void a_cage_around_the_object_earns_all_when_closed(void **state)
{
    (void)state;
    Hand hand;
    make_hand(&hand);
    const double open[] = { [CAGE_PLAIN] = 0, [CAGE_HIGH] = 0.5, [CAGE_MEDIUM] = 0.5 };
    for (CageMode mode = CAGE_PLAIN; mode <= CAGE_MEDIUM; mode++) {
        assert_true(cage_of(&hand, mode, 0.5f).value == 1);
        assert_true(cage_of(&hand, mode, 1).value == 1); /* more effort than asked for */
        assert_true(cage_of(&hand, mode, -1).value == open[mode]);
        const Number half = cage_of(&hand, mode, 0.25f);
        assert_int_equal(half.kind, NUMBER_SINGLE);
        assert_true(half.value > open[mode] && half.value < 1);
    }
}

static void a_hand_far_away_does_not_grip(void **state)
{
    (void)state;
    Hand hand;
    make_hand(&hand);
    double last = 1;
    for (int i = 1; i < 8; i++) {
        move_hand(&hand, object_start[0] + 0.05 * i, object_start[1], object_start[2]);
        const Number open = cage_of(&hand, CAGE_HIGH, -1), closed = cage_of(&hand, CAGE_HIGH, 1);
        assert_true(open.value == closed.value);
        assert_int_equal(closed.kind, NUMBER_PLAIN);
        assert_true(open.value < last);
        last = open.value;
    }
    assert_true(cage_of(&hand, CAGE_PLAIN, 1).value == 0);
}

static void pads_pinch_by_effort_or_by_width(void **state)
{
    (void)state;
    Hand hand;
    make_hand(&hand);
    const float open[ENV_ACTION] = { 0, 0, 0, -1 }, closed[ENV_ACTION] = { 0, 0, 0, 1 };
    const Pinch by_effort = { 0.015, 0.005, 0 };
    const Pinch wide = { 0.035, 0.005, 0.01 }, narrow = { 0.015, 0.005, 0.001 };
    assert_true(pinch_reward(&hand.context, object_start, closed, &by_effort).value == 1);
    assert_true(pinch_reward(&hand.context, object_start, open, &by_effort).value == 0.5);
    assert_true(pinch_reward(&hand.context, object_start, open, &wide).value == 1);
    const double loose = pinch_reward(&hand.context, object_start, closed, &narrow).value;
    assert_true(loose > 0.5 && loose < 0.6); /* the pads are 2.4 cm too far apart */
    hand.xpos[3 * LEFT + 1] -= 0.08;         /* both pads on one side */
    assert_true(pinch_reward(&hand.context, object_start, closed, &by_effort).value < 0.2);
}

static void closing_counts_up_to_the_effort_asked_for(void **state)
{
    (void)state;
    assert_true(gripper_closed(-0.5f, 1).value == 0);
    assert_int_equal(gripper_closed(0, 1).kind, NUMBER_PLAIN);
    assert_true(gripper_closed(0.25f, 1).value == 0.25);
    assert_int_equal(gripper_closed(0.25f, 1).kind, NUMBER_SINGLE);
    assert_true(gripper_closed(0.25f, 0.7).value == (double)(0.25f / 0.7f));
    /* 0.7 in float32 is not more than 0.7 */
    assert_int_equal(gripper_closed(0.7f, 0.7).kind, NUMBER_SINGLE);
    assert_true(gripper_closed(0.7f, 0.7).value == 1);
    assert_int_equal(gripper_closed(0.8f, 0.7).kind, NUMBER_PLAIN);
    assert_true(gripper_effort(-3) == 0 && gripper_effort(3) == 1 && gripper_effort(0) == 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cage_around_the_object_earns_all_when_closed),
        cmocka_unit_test(a_hand_far_away_does_not_grip),
        cmocka_unit_test(pads_pinch_by_effort_or_by_width),
        cmocka_unit_test(closing_counts_up_to_the_effort_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
