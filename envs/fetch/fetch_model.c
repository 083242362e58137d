/* World file of the multi-object tasks, made from gymnasium-robotics' robot. */
#include <stdio.h>
#include <stdlib.h>

#include "base/files.h"
#include "base/memory.h"
#include "envs/fetch/fetch.h"
#include "envs/fetch/mjcf_text.h"

typedef struct Edit {
    const char *tag, *name, *attribute, *value; /* no attribute: the element goes */
} Edit;

#define FREE(joint)                                                                                \
    {                                                                                              \
        "joint", "robot0:" joint "_joint", "limited", "false"                                      \
    }
#define FINGER(side, y)                                                                            \
    { "joint", "robot0:" side "_gripper_finger_joint", "range", "0 0.0625" },                      \
        { "geom", "robot0:" side "_gripper_finger_link", "size", "0.05775 0.021 0.02025" },        \
        { "geom", "robot0:" side "_gripper_finger_link", "rgba", "0.1 0.1 0.1 1" },                \
    {                                                                                              \
        "geom", "robot0:" side "_gripper_finger_link", "pos", y                                    \
    }

static const Edit robot_edits[] = {
    FREE("torso_lift"),
    FREE("head_pan"),
    FREE("head_tilt"),
    FREE("shoulder_pan"),
    FREE("shoulder_lift"),
    FREE("elbow_flex"),
    FREE("wrist_flex"),
    FINGER("r", "0 0.005 0"),
    FINGER("l", "0 -0.005 0"),
    { "camera", "head_camera_rgb", NULL, NULL },
    { "camera", "gripper_camera_rgb", NULL, NULL },
    { "camera", "external_camera_0", "pos", "1.5 -0.6 1.2" },
    { "camera", "external_camera_0", "euler", "0.7 0.8 0.85" },
};
static const Edit shared_edits[] = { { "material", "block_mat", NULL, NULL } };

static Status apply_edits(char **text, const Edit *edits, size_t count, Error *error)
{
    Status status = OK;
    for (size_t i = 0; i < count && !status; i++) {
        const Edit *edit = &edits[i];
        status = edit->attribute
                     ? mjcf_set(text, edit->tag, edit->name, edit->attribute, edit->value, error)
                     : mjcf_remove(text, edit->tag, edit->name, error);
    }
    return status;
}

static Status read_part(char **out, const char *assets, const char *file, const Edit *edits,
                        size_t count, Error *error)
{
    char *path = NULL;
    *out = NULL;
    Status status = path_join(&path, assets, file, error);
    if (!status) status = mjcf_read_body(out, path, error);
    if (!status) status = apply_edits(out, edits, count, error);
    if (status) error_wrap(error, "'%s'", path ? path : file);
    memory_free(path);
    return status;
}

/* ---- the world around the robot ---- */

/* of block i, or of distractor i: replaced at every reset */
static const char *const thing_colors[] = { "0 1 0 1",       "1 1 0 1", "0.2 0.8 0.8 1",
                                            "0.8 0.2 0.8 1", "1 0 0 1", "0.1 0.1 0.1 1" };

static void write_head(FILE *file, const char *assets)
{
    fprintf(file,
            "<mujoco>\n"
            "<compiler angle=\"radian\" meshdir=\"%s/stls/fetch\" texturedir=\"%s/textures\"/>\n"
            "<option timestep=\"0.002\"/>\n",
            assets, assets);
}

static void write_materials(FILE *file, const FetchTask *task)
{
    if (task->kind == FETCH_REACH) return;
    fprintf(file, "<asset>\n");
    for (int i = 0; i <= task->distractors; i++)
        fprintf(file,
                "<material name=\"block%d_mat\" specular=\"0\" shininess=\"0.5\" "
                "reflectance=\"0\" rgba=\"%s\"/>\n",
                i, thing_colors[i]);
    fprintf(file, "</asset>\n");
}

static void write_sphere(FILE *file, const char *name, int number, const char *color)
{
    fprintf(file,
            "<site name=\"%s%d\" pos=\"0 0 0.5\" size=\"0.04 0.04 0.04\" rgba=\"%s\" "
            "type=\"sphere\"/>\n",
            name, number, color);
}

static void write_floor(FILE *file, const FetchTask *task)
{
    fprintf(file, "<body name=\"floor0\" pos=\"0.8 0.75 0\">\n");
    write_sphere(file, "target", 0, "1 0 0 1");
    for (int i = 0; i < task->distractors && task->kind == FETCH_REACH; i++)
        write_sphere(file, "distractor", i, thing_colors[i]);
    fprintf(file, "</body>\n");
}

static void write_block(FILE *file, int i)
{
    fprintf(file,
            "<body name=\"object%d\" pos=\"0.025 0.025 0.025\">\n"
            "<joint name=\"object%d:joint\" type=\"free\" damping=\"0.01\"/>\n"
            "<geom name=\"object%d\" size=\"0.045 0.045 0.045\" type=\"box\" condim=\"3\" "
            "material=\"block%d_mat\" mass=\"2\"/>\n"
            "<site name=\"object%d\" pos=\"0 0 0\" size=\"0.02 0.02 0.02\" rgba=\"1 0 0 1\" "
            "type=\"sphere\"/>\n"
            "</body>\n",
            i, i, i, i, i);
}

static void write_table(FILE *file)
{
    fprintf(file, "<body name=\"frontview_camera_body\">\n"
                  "<camera name=\"frontview\" pos=\"1.9 0.75 0.8\" euler=\"0 1.0 1.571\" "
                  "fovy=\"60\"/>\n</body>\n"
                  "<body name=\"topview_camera_body\">\n"
                  "<camera name=\"topview\" pos=\"1.3 0.75 1.25\" euler=\"0 0 0\" "
                  "fovy=\"60\"/>\n</body>\n"
                  "<body name=\"table0\" pos=\"1.3 0.75 0.2\">\n"
                  "<geom name=\"table0\" size=\"0.25 0.35 0.2\" type=\"box\" mass=\"2000\" "
                  "material=\"table_mat\"/>\n</body>\n");
}

static void write_light(FILE *file)
{
    fprintf(file, "<light name=\"light0\" directional=\"true\" ambient=\"0.2 0.2 0.2\" "
                  "diffuse=\"0.8 0.8 0.8\" specular=\"0.3 0.3 0.3\" castshadow=\"false\" "
                  "pos=\"0 0 4\" dir=\"0 0 -1\"/>\n");
}

/* the left finger comes first */
static void write_actuators(FILE *file)
{
    static const char *const sides[] = { "l", "r" };
    fprintf(file, "<actuator>\n");
    for (int i = 0; i < 2; i++)
        fprintf(file,
                "<position name=\"robot0:%s_gripper_finger_joint\" "
                "joint=\"robot0:%s_gripper_finger_joint\" kp=\"30000\" ctrllimited=\"true\" "
                "ctrlrange=\"0 0.2\" user=\"1\"/>\n",
                sides[i], sides[i]);
    fprintf(file, "</actuator>\n");
}

static void write_world(FILE *file, const FetchTask *task, const char *assets, const char *shared,
                        const char *robot)
{
    write_head(file, assets);
    fprintf(file, "%s", shared);
    write_materials(file, task);
    fprintf(file, "<worldbody>\n");
    write_floor(file, task);
    fprintf(file, "%s", robot);
    write_table(file);
    for (int i = 0; i <= task->distractors && task->kind != FETCH_REACH; i++)
        write_block(file, i);
    write_light(file);
    fprintf(file, "</worldbody>\n");
    write_actuators(file);
    fprintf(file, "</mujoco>\n");
}

/* stdio's buffer becomes memory of ours */
static Status join_world(char **out, const FetchTask *task, const char *assets, const char *shared,
                         const char *robot, Error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (!file) return error_set(error, ERR_MEMORY, "no memory for a model's text");
    write_world(file, task, assets, shared, robot);
    const bool whole = !ferror(file);
    Status status = fclose(file) == 0 && whole
                        ? string_copy(out, text, error)
                        : error_set(error, ERR_MEMORY, "no memory for a model's text");
    free(text);
    return status;
}

Status fetch_model_text(char **out, const FetchTask *task, const char *assets, Error *error)
{
    char *shared = NULL, *robot = NULL;
    *out = NULL;
    Status status = read_part(&shared, assets, "fetch/shared.xml", shared_edits,
                              sizeof shared_edits / sizeof *shared_edits, error);
    if (!status)
        status = read_part(&robot, assets, "fetch/robot.xml", robot_edits,
                           sizeof robot_edits / sizeof *robot_edits, error);
    if (!status) status = join_world(out, task, assets, shared, robot, error);
    memory_free(robot);
    memory_free(shared);
    return status;
}
