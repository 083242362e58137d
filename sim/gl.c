#include "sim/gl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* ---- the few declarations of EGL and OSMesa that are needed; their headers are not required ---- */

typedef void *EglHandle; /* EGLDisplay, EGLContext, EGLConfig, EGLDeviceEXT */
typedef void (*AnyFunction)(void);

enum {
    EGL_NONE = 0x3038,
    EGL_RED_SIZE = 0x3024,
    EGL_GREEN_SIZE = 0x3023,
    EGL_BLUE_SIZE = 0x3022,
    EGL_ALPHA_SIZE = 0x3021,
    EGL_DEPTH_SIZE = 0x3025,
    EGL_STENCIL_SIZE = 0x3026,
    EGL_SURFACE_TYPE = 0x3033,
    EGL_PBUFFER_BIT = 0x0001,
    EGL_RENDERABLE_TYPE = 0x3040,
    EGL_OPENGL_BIT = 0x0008,
    EGL_OPENGL_API = 0x30A2,
    EGL_PLATFORM_DEVICE = 0x313F,
    EGL_PLATFORM_SURFACELESS = 0x31DD,
    OSMESA_RGBA = 0x1908,
    GL_UNSIGNED_BYTE = 0x1401,
    GL_VENDOR = 0x1F00,
    GL_RENDERER = 0x1F01,
    GL_VERSION = 0x1F02,
    OSMESA_SIZE = 64, /* of the unused window buffer */
    MAX_DEVICES = 16
};

typedef const unsigned char *(*GetString)(unsigned name);

static struct {
    AnyFunction (*get_proc_address)(const char *name);
    unsigned (*query_devices)(int max, EglHandle *devices, int *count);
    EglHandle (*get_platform_display)(unsigned platform, void *native, const int *attributes);
    unsigned (*initialize)(EglHandle display, int *major, int *minor);
    unsigned (*bind_api)(unsigned api);
    unsigned (*choose_config)(EglHandle display, const int *attributes, EglHandle *configs,
                              int size, int *count);
    EglHandle (*create_context)(EglHandle display, EglHandle config, EglHandle share,
                                const int *attributes);
    unsigned (*destroy_context)(EglHandle display, EglHandle context);
    unsigned (*make_current)(EglHandle display, EglHandle draw, EglHandle read, EglHandle context);
    int (*get_error)(void);
    EglHandle display; /* of the picked platform */
    EglHandle config;
} egl;

static struct {
    AnyFunction (*get_proc_address)(const char *name);
    void *(*create_context)(unsigned format, int depth, int stencil, int accumulation, void *share);
    void (*destroy_context)(void *context);
    unsigned char (*make_current)(void *context, void *buffer, unsigned type, int width,
                                  int height);
} osmesa;

struct GlContext {
    GlBackend backend;
    void *handle;
    unsigned char *buffer; /* OSMesa's window, never read */
};

static const char *const backend_names[] = {
    [GL_NONE] = "none",
    [GL_EGL_DEVICE] = "egl-device",
    [GL_EGL_SURFACELESS] = "egl-surfaceless",
    [GL_OSMESA] = "osmesa",
};

const char *gl_backend_name(GlBackend backend)
{
    return backend_names[backend];
}

/* ---- libraries ---- */

static void *open_library(const char *const *names, Error *error)
{
    for (; *names; names++) {
        /* global, so that MuJoCo's own GL loader finds the symbols */
        void *library = dlopen(*names, RTLD_NOW | RTLD_GLOBAL);
        if (library) return library;
        error_set(error, ERR_UNSUPPORTED, "%s", dlerror());
    }
    return NULL;
}

/* function pointers cannot be cast from void * in C11; copy the bits */
static bool load_symbol(void *library, const char *name, void *function, Error *error)
{
    void *symbol = dlsym(library, name);
    if (!symbol) error_set(error, ERR_UNSUPPORTED, "no symbol %s", name);
    memcpy(function, &symbol, sizeof symbol);
    return symbol != NULL;
}

static Status open_egl(Error *error)
{
    if (egl.get_proc_address) return OK;
    static const char *const names[] = { "libEGL.so.1", "libEGL.so", NULL };
    void *library = open_library(names, error);
    if (!library) return error->status;
    const bool found = load_symbol(library, "eglInitialize", &egl.initialize, error) &&
                       load_symbol(library, "eglBindAPI", &egl.bind_api, error) &&
                       load_symbol(library, "eglChooseConfig", &egl.choose_config, error) &&
                       load_symbol(library, "eglCreateContext", &egl.create_context, error) &&
                       load_symbol(library, "eglDestroyContext", &egl.destroy_context, error) &&
                       load_symbol(library, "eglMakeCurrent", &egl.make_current, error) &&
                       load_symbol(library, "eglGetError", &egl.get_error, error) &&
                       load_symbol(library, "eglGetProcAddress", &egl.get_proc_address, error);
    return found ? OK : error->status;
}

static Status open_osmesa(Error *error)
{
    if (osmesa.get_proc_address) return OK;
    static const char *const names[] = { "libOSMesa.so.8", "libOSMesa.so.6", "libOSMesa.so", NULL };
    void *library = open_library(names, error);
    if (!library) return error->status;
    const bool found =
        load_symbol(library, "OSMesaCreateContextExt", &osmesa.create_context, error) &&
        load_symbol(library, "OSMesaDestroyContext", &osmesa.destroy_context, error) &&
        load_symbol(library, "OSMesaMakeCurrent", &osmesa.make_current, error) &&
        load_symbol(library, "OSMesaGetProcAddress", &osmesa.get_proc_address, error);
    return found ? OK : error->status;
}

/* ---- displays ---- */

static Status egl_failed(const char *call, Error *error)
{
    return error_set(error, ERR_UNSUPPORTED, "%s failed (0x%04x)", call, (unsigned)egl.get_error());
}

static Status choose_config(EglHandle display, Error *error)
{
    static const int wanted[] = { EGL_RED_SIZE,
                                  8,
                                  EGL_GREEN_SIZE,
                                  8,
                                  EGL_BLUE_SIZE,
                                  8,
                                  EGL_ALPHA_SIZE,
                                  8,
                                  EGL_DEPTH_SIZE,
                                  24,
                                  EGL_STENCIL_SIZE,
                                  8,
                                  EGL_SURFACE_TYPE,
                                  EGL_PBUFFER_BIT,
                                  EGL_RENDERABLE_TYPE,
                                  EGL_OPENGL_BIT,
                                  EGL_NONE };
    int count = 0;
    if (!egl.choose_config(display, wanted, &egl.config, 1, &count) || count < 1)
        return egl_failed("eglChooseConfig", error);
    egl.display = display;
    return OK;
}

/* initialise the display of one platform object and take it when it has a usable configuration */
static Status take_display(unsigned platform, void *native, Error *error)
{
    EglHandle display = egl.get_platform_display(platform, native, NULL);
    if (!display) return egl_failed("eglGetPlatformDisplayEXT", error);
    if (!egl.initialize(display, NULL, NULL)) return egl_failed("eglInitialize", error);
    return choose_config(display, error);
}

static Status load_platform_functions(Error *error)
{
    const AnyFunction display = egl.get_proc_address("eglGetPlatformDisplayEXT");
    const AnyFunction devices = egl.get_proc_address("eglQueryDevicesEXT");
    memcpy(&egl.get_platform_display, &display, sizeof display);
    memcpy(&egl.query_devices, &devices, sizeof devices);
    return display ? OK : error_set(error, ERR_UNSUPPORTED, "no eglGetPlatformDisplayEXT");
}

static Status prepare_device(Error *error)
{
    if (!egl.query_devices) return error_set(error, ERR_UNSUPPORTED, "no eglQueryDevicesEXT");
    EglHandle devices[MAX_DEVICES];
    int count = 0;
    if (!egl.query_devices(MAX_DEVICES, devices, &count))
        return egl_failed("eglQueryDevicesEXT", error);
    Status status = error_set(error, ERR_UNSUPPORTED, "no device");
    for (int i = 0; i < count && status; i++)
        status = take_display(EGL_PLATFORM_DEVICE, devices[i], error);
    return status;
}

static Status prepare(GlBackend backend, Error *error)
{
    if (backend == GL_OSMESA) return open_osmesa(error);
    Status status = open_egl(error);
    if (!status) status = load_platform_functions(error);
    if (status) return status;
    return backend == GL_EGL_DEVICE ? prepare_device(error)
                                    : take_display(EGL_PLATFORM_SURFACELESS, NULL, error);
}

/* ---- contexts ---- */

static Status create_handle(GlContext *context, Error *error)
{
    if (context->backend == GL_OSMESA) {
        context->handle = osmesa.create_context(OSMESA_RGBA, 24, 8, 0, NULL);
        if (!context->handle)
            return error_set(error, ERR_UNSUPPORTED, "OSMesaCreateContextExt failed");
        return memory_new_array(&context->buffer, (size_t)OSMESA_SIZE * OSMESA_SIZE * 4, error);
    }
    if (!egl.bind_api(EGL_OPENGL_API)) return egl_failed("eglBindAPI", error); /* per thread */
    context->handle = egl.create_context(egl.display, egl.config, NULL, NULL);
    return context->handle ? OK : egl_failed("eglCreateContext", error);
}

static Status create(GlContext **out, GlBackend backend, Error *error)
{
    *out = NULL;
    GlContext *context = NULL;
    Status status = memory_new(&context, error);
    if (status) return status;
    context->backend = backend;
    status = create_handle(context, error);
    if (status)
        gl_context_destroy(context);
    else
        *out = context;
    return status;
}

void gl_context_destroy(GlContext *context)
{
    if (!context) return;
    if (context->handle && context->backend == GL_OSMESA) osmesa.destroy_context(context->handle);
    if (context->handle && context->backend != GL_OSMESA)
        egl.destroy_context(egl.display, context->handle);
    memory_free(context->buffer);
    memory_free(context);
}

Status gl_context_enter(GlContext *context, Error *error)
{
    if (context->backend == GL_OSMESA) {
        if (osmesa.make_current(context->handle, context->buffer, GL_UNSIGNED_BYTE, OSMESA_SIZE,
                                OSMESA_SIZE))
            return OK;
        return error_set(error, ERR_SIM, "OSMesaMakeCurrent failed");
    }
    if (!egl.bind_api(EGL_OPENGL_API) ||
        !egl.make_current(egl.display, NULL, NULL, context->handle)) {
        egl_failed("eglMakeCurrent", error);
        return error->status = ERR_SIM;
    }
    return OK;
}

void gl_context_leave(GlContext *context)
{
    if (context->backend == GL_OSMESA)
        osmesa.make_current(NULL, NULL, GL_UNSIGNED_BYTE, 0, 0);
    else
        egl.make_current(egl.display, NULL, NULL, NULL);
}

/* ---- choice ---- */

static pthread_once_t probe_once = PTHREAD_ONCE_INIT;
static GlReport report;
static Error probe_error;

static void copy_string(char *to, size_t size, GetString get_string, unsigned name)
{
    const unsigned char *text = get_string(name);
    snprintf(to, size, "%s", text ? (const char *)text : "?");
}

static Status read_strings(GlBackend backend, Error *error)
{
    const AnyFunction function = backend == GL_OSMESA ? osmesa.get_proc_address("glGetString")
                                                      : egl.get_proc_address("glGetString");
    if (!function) return error_set(error, ERR_UNSUPPORTED, "no glGetString");
    GetString get_string;
    memcpy(&get_string, &function, sizeof function);
    copy_string(report.vendor, sizeof report.vendor, get_string, GL_VENDOR);
    copy_string(report.renderer, sizeof report.renderer, get_string, GL_RENDERER);
    copy_string(report.version, sizeof report.version, get_string, GL_VERSION);
    return OK;
}

/* a backend is good when a context of it can be current and knows its name */
static Status try_backend(GlBackend backend, Error *error)
{
    Status status = prepare(backend, error);
    if (status) return status;
    GlContext *context = NULL;
    status = create(&context, backend, error);
    if (status) return status;
    status = gl_context_enter(context, error);
    if (!status) {
        status = read_strings(backend, error);
        gl_context_leave(context);
    }
    gl_context_destroy(context);
    return status;
}

static void note_failure(GlBackend backend, const char *text)
{
    const size_t used = strlen(report.failures);
    snprintf(report.failures + used, sizeof report.failures - used, "%s%s: %.140s",
             used ? "; " : "", gl_backend_name(backend), text);
}

static bool allowed(GlBackend backend, const char *choice)
{
    if (!choice || !*choice) return true;
    return strcmp(choice, backend == GL_OSMESA ? "osmesa" : "egl") == 0;
}

static void probe(void)
{
    const char *choice = getenv("PLAYSLOT_GL");
    for (GlBackend backend = GL_EGL_DEVICE; backend <= GL_OSMESA; backend++) {
        Error failure = { 0 };
        if (!allowed(backend, choice))
            note_failure(backend, "left out by PLAYSLOT_GL");
        else if (try_backend(backend, &failure))
            note_failure(backend, failure.text);
        else {
            report.backend = backend;
            return;
        }
    }
    error_set(&probe_error, ERR_UNSUPPORTED, "no off-screen GL: %s", report.failures);
}

Status gl_probe(GlReport *out, Error *error)
{
    pthread_once(&probe_once, probe);
    *out = report;
    if (report.backend != GL_NONE) return OK;
    return error_set(error, ERR_UNSUPPORTED, "%s", probe_error.text);
}

Status gl_context_create(GlContext **out, Error *error)
{
    *out = NULL;
    GlReport picked;
    Status status = gl_probe(&picked, error);
    return status ? status : create(out, picked.backend, error);
}
