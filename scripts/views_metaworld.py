#!/usr/bin/env python3
"""Compares playslot's pictures with those of Meta-World's Python renderers: every camera, colours, depth and
segmentation; and records what the tests compare with.

    views_metaworld.py [compare] [--tasks A,B] [--steps N]    all cameras of the tasks, as they stand after N steps
    views_metaworld.py record FILE --tasks A [--cameras A,B] [--size N] [--steps N]

The program makes the episode (`playslot rollout --frames`, quality reference); Python repeats it with the same
seeding and actions and draws the same moment: colours with gymnasium's MujocoRenderer made after the reset, without
a camera's name for the free view; depth in metres and segmentation with mujoco.Renderer; and gymnasium's raw
"depth_array" without multisampling. Bounds: colours 0.25 of 255 on average, depth 1e-3 of the distance (largest), raw depth 1e-6
(median: its buffer lacks what is transparent), segmentation equal. On the same Mesa nearly all are 0.

Exit status: 0 all within the bounds, 1 a difference beyond them, 2 the comparison could not be made.
"""
import argparse
import os
import sys
import tempfile
import warnings

from parity_metaworld import ROOT, chosen_tasks, enter, fail, make_env, run_quietly

CAMERAS = ["free", "topview", "corner", "corner2", "corner3", "corner4", "behindGripper", "gripperPOV"]
BOUNDS = {"colours": 0.25, "depth": 1e-3, "raw depth": 1e-6, "segmentation": 0.0}


def our_episode(options, task, cameras, path):
    """The first and the last moment of our expert's episode; the arrays of the file."""
    run_quietly([options.program, "rollout", "--task", task, "--seed", str(options.seed), "--steps",
                 str(max(options.steps, 1)), "--frames", "--camera", ",".join(cameras), "--quality", "reference",
                 "--size", str(options.size), "--depth", "--ids", "--out", path], task)
    from safetensors import safe_open
    with safe_open(path, "np") as file:
        return {name: file.get_tensor(name) for name in file.keys()}


def our_view(episode, cameras, camera, moment):
    prefix = "" if camera == cameras[0] else f"views/{camera}/"
    return {name: episode[prefix + name][moment] for name in ("frames", "depth", "ids")}


class PythonViews:
    """One environment's renderers; the free camera stands where it is made, hence after the reset."""

    def __init__(self, env, size):
        import mujoco
        self.env, self.size = env, size
        self.colours = self.viewer()
        samples, env.model.vis.quality.offsamples = env.model.vis.quality.offsamples, 0
        self.single = self.viewer()  # gymnasium's depth is of one of the samples, off the pixel's middle
        env.model.vis.quality.offsamples = samples
        self.plain = mujoco.Renderer(env.model, size, size, max_geom=1000)

    def viewer(self):
        from gymnasium.envs.mujoco.mujoco_rendering import MujocoRenderer
        renderer = MujocoRenderer(self.env.model, self.env.data, width=self.size, height=self.size)
        renderer.render("rgb_array")
        return renderer.viewer

    def near_far(self):
        import numpy as np
        model = self.env.model
        return np.array([model.vis.map.znear, model.vis.map.zfar]) * model.stat.extent

    def of(self, camera):
        import mujoco
        import numpy as np
        number = mujoco.mj_name2id(self.env.model, mujoco.mjtObj.mjOBJ_CAMERA, camera)  # free: -1
        view = {}
        for name, viewer, mode in (("frames", self.colours, "rgb_array"), ("raw", self.single, "depth_array")):
            viewer.make_context_current()
            view[name] = np.array(viewer.render(mode, number))
        self.plain.update_scene(self.env.data, camera=self.colours.cam if number < 0 else camera)
        self.plain.enable_depth_rendering()
        view["depth"] = self.plain.render().copy()
        self.plain.enable_segmentation_rendering()
        view["ids"] = self.plain.render().astype(np.int32)
        self.plain.disable_segmentation_rendering()
        return view


def python_views(options, task, cameras, actions):
    env = make_env(task, options.seed, "v2")
    env.reset()
    views = PythonViews(env, options.size)
    for action in actions[:options.steps]:
        env.step(action)
    found = {camera: views.of(camera) for camera in cameras}
    limits = views.near_far()
    views.plain.close()
    env.close()
    return found, limits


def raw_of(depth, limits):
    """gymnasium's depth buffer from metres."""
    import numpy as np
    near, far = limits
    depth = depth.astype(np.float64)
    return (depth - near) * far / (depth * (far - near))


def apart(ours, theirs, limits):
    import numpy as np
    colours = np.abs(ours["frames"].astype(np.int32) - theirs["frames"].astype(np.int32)).mean()
    depth = np.abs(ours["depth"].astype(np.float64) - theirs["depth"]) / theirs["depth"]
    drawn = theirs["ids"][..., 0] >= 0  # gymnasium's buffer has a sky, and lacks what is transparent: the median
    raw = np.median(np.abs(raw_of(ours["depth"], limits) - theirs["raw"])[drawn])
    unequal = (ours["ids"] != theirs["ids"]).any(axis=-1).mean()
    return {"colours": colours, "depth": depth.max(), "raw depth": raw, "segmentation": unequal}


def compare(options):
    worst, bad = dict.fromkeys(BOUNDS, 0.0), 0
    with tempfile.TemporaryDirectory(prefix="views-") as folder:
        for task in chosen_tasks(options.tasks, options.program):
            episode = our_episode(options, task, options.cameras, os.path.join(folder, "episode.safetensors"))
            theirs, limits = python_views(options, task, options.cameras, episode["action"])
            for camera in options.cameras:
                found = apart(our_view(episode, options.cameras, camera, options.steps), theirs[camera], limits)
                beyond = [what for what in BOUNDS if not found[what] <= BOUNDS[what]]
                bad += bool(beyond)
                worst = {what: max(worst[what], found[what]) for what in BOUNDS}
                numbers = ", ".join(f"{what} {value:.3g}" for what, value in found.items())
                print(f"{'BEYOND' if beyond else 'within'} {task} {camera}: {numbers}", flush=True)
    numbers = ", ".join(f"{what} {value:.3g}" for what, value in worst.items())
    print(f"worst: {numbers}; {bad} views beyond the bounds")
    return 1 if bad else 0


def record(options):
    """One task's views, as the Python renderers give them, with the actions that lead there."""
    import numpy as np
    from safetensors.numpy import save_file
    [task] = chosen_tasks(options.tasks, options.program)
    with tempfile.TemporaryDirectory(prefix="views-") as folder:
        episode = our_episode(options, task, ["free"], os.path.join(folder, "episode.safetensors"))
    actions = episode["action"][:options.steps]
    theirs, limits = python_views(options, task, options.cameras, actions)
    arrays = {"near_far": limits, "action": np.ascontiguousarray(actions)}
    for camera, view in theirs.items():
        arrays[f"{camera}.depth"] = np.ascontiguousarray(view["depth"])
        arrays[f"{camera}.ids"] = np.ascontiguousarray(view["ids"].astype(np.int16))
    about = {"kind": "views", "task": task, "seed": str(options.seed), "size": str(options.size),
             "cameras": ",".join(options.cameras)}
    save_file(arrays, options.file, about)
    return 0


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="compare", choices=["compare", "record"])
    parser.add_argument("file", nargs="?", help="record: file to write")
    parser.add_argument("--tasks", default="all", metavar="A,B", help="tasks by name, or all (default)")
    parser.add_argument("--cameras", default=CAMERAS, type=lambda text: text.split(","), metavar="A,B",
                        help="cameras (default: free and the seven of the models)")
    parser.add_argument("--seed", default=0, type=int, help="seed of the scene (default 0)")
    parser.add_argument("--steps", default=0, type=int, help="control steps before the moment (default 0)")
    parser.add_argument("--size", default=64, type=int, help="width and height in pixels (default 64)")
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "playslot"), metavar="FILE",
                        help="the playslot to compare (default build/playslot)")
    parser.add_argument("--venv", default=os.path.join(ROOT, "build", "parity-venv"), metavar="DIR",
                        help="virtual environment to make and use (default build/parity-venv)")
    options = parser.parse_args()
    if (options.what == "record") != (options.file is not None):
        parser.error("record needs a file, compare none")
    return options


def main():
    options = parse()
    if not os.access(options.program, os.X_OK):
        fail(f"no program '{options.program}'; run ./scripts/build")
    enter(options.venv)
    os.environ.setdefault("MUJOCO_GL", "egl")
    warnings.filterwarnings("ignore")
    return record(options) if options.what == "record" else compare(options)


if __name__ == "__main__":
    sys.exit(main())
