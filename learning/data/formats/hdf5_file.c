#include "data/formats/hdf5_file.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct Hdf5File {
    hid_t id;
    AtomicFile aside; /* of a created file */
};

enum { TEXT_MAX = 1 << 20, BYTES_MAX_BITS = 36 };

/* ---- messages ---- */

static herr_t keep_innermost(unsigned int n, const H5E_error2_t *entry, void *user)
{
    const char **text = user;
    (void)n;
    if (entry->desc && entry->desc[0]) *text = entry->desc;
    return 0;
}

/* "<what> '<path>': <libhdf5's innermost words>" */
static Status refuse(Error *error, Status status, const char *what, const char *path)
{
    const char *words = "no reason given";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_innermost, &words);
    error_set(error, status, "%s '%.200s': %.200s", what, path, words);
    H5Eclear2(H5E_DEFAULT);
    return status;
}

static Status quieten(Error *error)
{
    if (H5open() < 0 || H5Eset_auto2(H5E_DEFAULT, NULL, NULL) < 0 || H5PLset_loading_state(0) < 0)
        return error_set(error, ERR_UNSUPPORTED, "libhdf5 does not start");
    return OK;
}

/* ---- files ---- */

Status hdf5_create(Hdf5File **out, const char *path, Error *error)
{
    *out = NULL;
    Hdf5File *file = NULL;
    Status status = quieten(error);
    if (!status) status = memory_new(&file, error);
    if (status) return status;
    file->id = H5I_INVALID_HID;
    status = atomic_file_open(&file->aside, path, error);
    if (!status) {
        file->id = H5Fcreate(file->aside.temporary, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
        if (file->id < 0) status = refuse(error, ERR_IO, "create", path);
    }
    if (status) {
        hdf5_close(file);
        return status;
    }
    *out = file;
    return OK;
}

Status hdf5_commit(Hdf5File *file, Error *error)
{
    Status status = OK;
    if (H5Fclose(file->id) < 0) status = refuse(error, ERR_IO, "write", file->aside.path);
    file->id = H5I_INVALID_HID;
    if (!status) status = atomic_file_commit(&file->aside, error);
    hdf5_close(file);
    return status;
}

Status hdf5_open(Hdf5File **out, const char *path, Error *error)
{
    *out = NULL;
    Hdf5File *file = NULL;
    Status status = quieten(error);
    if (status) return status;
    if (!file_exists(path) || directory_exists(path))
        return error_set(error, ERR_IO, "'%s' is no file", path);
    status = memory_new(&file, error);
    if (status) return status;
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS); /* closing ends what damage left open */
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    file->id = H5Fopen(path, H5F_ACC_RDONLY, access);
    if (file->id < 0) status = refuse(error, ERR_FORMAT, "not an HDF5 file", path_base(path));
    H5Pclose(access);
    if (status) {
        memory_free(file);
        return status;
    }
    *out = file;
    return OK;
}

void hdf5_close(Hdf5File *file)
{
    if (!file) return;
    if (file->id >= 0) H5Fclose(file->id);
    atomic_file_abort(&file->aside);
    memory_free(file);
}

/* ---- writing ---- */

/* what makes groups on the way, or an array without time stamps */
static hid_t link_plan(void)
{
    const hid_t plan = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(plan, 1);
    return plan;
}

static hid_t array_plan(void)
{
    const hid_t plan = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(plan, 0);
    return plan;
}

Status hdf5_group(Hdf5File *file, const char *path, Error *error)
{
    if (!path[0] || hdf5_is_group(file, path)) return OK;
    const hid_t links = link_plan();
    const hid_t group = H5Gcreate2(file->id, path, links, H5P_DEFAULT, H5P_DEFAULT);
    Status status = OK;
    if (group < 0) status = refuse(error, ERR_IO, "make group", path);
    if (group >= 0) H5Gclose(group);
    H5Pclose(links);
    return status;
}

/* h5py's bool; fresh, unlike the other types */
static hid_t bool_type(void)
{
    const hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
    const int8_t no = 0, yes = 1;
    H5Tenum_insert(type, "FALSE", &no);
    H5Tenum_insert(type, "TRUE", &yes);
    return type;
}

static hid_t type_of(DType dtype)
{
    switch (dtype) {
    case DTYPE_U8:
        return H5Tcopy(H5T_NATIVE_UINT8);
    case DTYPE_BOOL:
        return bool_type();
    case DTYPE_I32:
        return H5Tcopy(H5T_NATIVE_INT32);
    case DTYPE_I64:
        return H5Tcopy(H5T_NATIVE_INT64);
    case DTYPE_U64:
        return H5Tcopy(H5T_NATIVE_UINT64);
    case DTYPE_F32:
        return H5Tcopy(H5T_NATIVE_FLOAT);
    case DTYPE_F64:
        return H5Tcopy(H5T_NATIVE_DOUBLE);
    default:
        return H5I_INVALID_HID;
    }
}

/* closes `type` */
static Status write_typed(Hdf5File *file, const char *path, hid_t type, int rank,
                          const int64_t *shape, const void *data, Error *error)
{
    hsize_t extents[HDF5_RANK_MAX];
    for (int i = 0; i < rank && i < HDF5_RANK_MAX; i++)
        extents[i] = (hsize_t)shape[i];
    const hid_t space = H5Screate_simple(rank, extents, NULL);
    const hid_t links = link_plan(), plan = array_plan();
    const hid_t array = H5Dcreate2(file->id, path, type, space, links, plan, H5P_DEFAULT);
    Status status = OK;
    if (array < 0 || H5Dwrite(array, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
        status = refuse(error, ERR_IO, "write array", path);
    if (array >= 0) H5Dclose(array);
    H5Pclose(plan);
    H5Pclose(links);
    H5Sclose(space);
    H5Tclose(type);
    return status;
}

Status hdf5_write(Hdf5File *file, const char *path, DType dtype, int rank, const int64_t *shape,
                  const void *data, Error *error)
{
    const hid_t type = type_of(dtype);
    if (type < 0 || rank < 1 || rank > HDF5_RANK_MAX)
        return error_set(error, ERR_ARGUMENT, "array '%s': %s with %d axes is not written", path,
                         dtype_name(dtype), rank);
    return write_typed(file, path, type, rank, shape, data, error);
}

static hid_t text_type(size_t size)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size ? size : 1);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    return type;
}

Status hdf5_write_texts(Hdf5File *file, const char *path, const char *const *texts, int count,
                        Error *error)
{
    size_t longest = 1;
    char *packed = NULL;
    for (int i = 0; i < count; i++)
        if (strlen(texts[i]) > longest) longest = strlen(texts[i]);
    if (count < 1) return error_set(error, ERR_ARGUMENT, "array '%s': no texts", path);
    Status status = memory_alloc(&packed, (size_t)count, longest, error);
    if (status) return status;
    for (int i = 0; i < count; i++)
        memcpy(packed + (size_t)i * longest, texts[i], strlen(texts[i]));
    const int64_t shape[] = { count };
    status = write_typed(file, path, text_type(longest), 1, shape, packed, error);
    memory_free(packed);
    return status;
}

/* closes `type` */
static Status set_attribute(Hdf5File *file, const char *path, const char *name, hid_t type,
                            const void *data, Error *error)
{
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate_by_name(file->id, path[0] ? path : "/", name, type, space,
                                              H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    Status status = OK;
    if (attribute < 0 || H5Awrite(attribute, type, data) < 0)
        status = refuse(error, ERR_IO, "write attribute", name);
    if (attribute >= 0) H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
    return status;
}

/* of variable length, which Python reads as str */
Status hdf5_set_text(Hdf5File *file, const char *path, const char *name, const char *text,
                     Error *error)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return set_attribute(file, path, name, type, &text, error);
}

Status hdf5_set_int(Hdf5File *file, const char *path, const char *name, int64_t value, Error *error)
{
    return set_attribute(file, path, name, type_of(DTYPE_I64), &value, error);
}

/* ---- looking ---- */

/* no part of the path is a link out of the file */
static bool stays_inside(const Hdf5File *file, const char *path)
{
    char part[512];
    const size_t length = strlen(path);
    if (length >= sizeof part) return false;
    for (size_t i = 1; i <= length; i++) {
        if (path[i] && path[i] != '/') continue;
        H5L_info_t info;
        snprintf(part, sizeof part, "%.*s", (int)i, path);
        if (H5Lexists(file->id, part, H5P_DEFAULT) <= 0) return false;
        if (H5Lget_info(file->id, part, &info, H5P_DEFAULT) < 0) return false;
        if (info.type != H5L_TYPE_HARD) return false;
    }
    return true;
}

static bool has_type(const Hdf5File *file, const char *path, H5I_type_t wanted)
{
    if (path[0] && !stays_inside(file, path)) return false;
    const hid_t object = H5Oopen(file->id, path[0] ? path : "/", H5P_DEFAULT);
    if (object < 0) return false;
    const H5I_type_t type = H5Iget_type(object);
    H5Oclose(object);
    return type == wanted;
}

bool hdf5_is_group(Hdf5File *file, const char *path)
{
    return has_type(file, path, H5I_GROUP);
}

bool hdf5_has(Hdf5File *file, const char *path)
{
    char part[512];
    const size_t length = strlen(path);
    if (length >= sizeof part) return false;
    for (size_t i = 1; i <= length; i++) {
        if (path[i] && path[i] != '/') continue;
        snprintf(part, sizeof part, "%.*s", (int)i, path);
        if (H5Lexists(file->id, part, H5P_DEFAULT) <= 0) return false;
    }
    return true;
}

typedef struct Listing {
    NameList *names;
    int capacity;
    Status status;
    Error *error;
} Listing;

static herr_t add_name(hid_t group, const char *name, const H5L_info_t *info, void *user)
{
    Listing *listing = user;
    NameList *names = listing->names;
    (void)group;
    (void)info;
    if (names->count == listing->capacity) {
        const int more = names->count ? 2 * names->count : 64;
        listing->status = memory_grow(&names->names, (size_t)names->count, (size_t)more,
                                      sizeof *names->names, listing->error);
        if (listing->status) return -1;
        listing->capacity = more;
    }
    listing->status = string_copy(&names->names[names->count], name, listing->error);
    if (listing->status) return -1;
    names->count++;
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

Status hdf5_list(NameList *out, Hdf5File *file, const char *path, Error *error)
{
    *out = (NameList){ 0 };
    Listing listing = { .names = out, .error = error };
    if (!hdf5_is_group(file, path))
        return error_set(error, ERR_FORMAT, "there is no group '%.200s'", path);
    const herr_t result = H5Literate_by_name(file->id, path[0] ? path : "/", H5_INDEX_NAME,
                                             H5_ITER_INC, NULL, add_name, &listing, H5P_DEFAULT);
    Status status = listing.status;
    if (!status && result < 0) status = refuse(error, ERR_FORMAT, "list group", path);
    if (status)
        name_list_release(out);
    else if (out->count)
        qsort(out->names, (size_t)out->count, sizeof *out->names, by_name);
    return status;
}

/* ---- reading ---- */

static Hdf5Kind kind_of(hid_t type)
{
    switch (H5Tget_class(type)) {
    case H5T_FLOAT:
        return HDF5_REAL;
    case H5T_INTEGER:
    case H5T_ENUM:
        return HDF5_WHOLE;
    default:
        return HDF5_OTHER;
    }
}

static bool lies_inside(hid_t array)
{
    const hid_t plan = H5Dget_create_plist(array);
    if (plan < 0) return false;
    const bool inside = H5Pget_external_count(plan) == 0 && H5Pget_layout(plan) != H5D_VIRTUAL;
    H5Pclose(plan);
    return inside;
}

static Status read_extents(Hdf5Shape *out, hid_t space, const char *path, Error *error)
{
    hsize_t extents[H5S_MAX_RANK];
    const int rank = H5Sget_simple_extent_ndims(space);
    if (rank < 0) return refuse(error, ERR_FORMAT, "array", path);
    if (rank > HDF5_RANK_MAX)
        return error_set(error, ERR_FORMAT, "array '%.200s': %d axes, expected at most %d", path,
                         rank, HDF5_RANK_MAX);
    if (H5Sget_simple_extent_dims(space, extents, NULL) < 0)
        return refuse(error, ERR_FORMAT, "array", path);
    out->rank = rank;
    out->count = H5Sget_simple_extent_type(space) == H5S_NULL ? 0 : 1;
    for (int i = 0; i < rank; i++) {
        const hsize_t most = (hsize_t)1 << BYTES_MAX_BITS;
        if (extents[i] > most || (out->count && extents[i] > most / (hsize_t)out->count))
            return error_set(error, ERR_FORMAT, "array '%.200s' claims more than 2^%d elements",
                             path, BYTES_MAX_BITS);
        out->extents[i] = (int64_t)extents[i];
        out->count *= out->extents[i];
    }
    return OK;
}

static Status open_array(hid_t *out, Hdf5File *file, const char *path, Error *error)
{
    if (!stays_inside(file, path) || hdf5_is_group(file, path))
        return error_set(error, ERR_FORMAT, "there is no array '%.200s'", path);
    H5Eclear2(H5E_DEFAULT);
    *out = H5Dopen2(file->id, path, H5P_DEFAULT);
    if (*out < 0) return refuse(error, ERR_FORMAT, "open array", path);
    if (lies_inside(*out)) return OK;
    H5Dclose(*out);
    return error_set(error, ERR_FORMAT, "array '%.200s' is stored outside of the file", path);
}

static Status shape_of(Hdf5Shape *out, hid_t array, const char *path, Error *error)
{
    const hid_t type = H5Dget_type(array), space = H5Dget_space(array);
    Status status = OK;
    *out = (Hdf5Shape){ 0 };
    if (type < 0 || space < 0) status = refuse(error, ERR_FORMAT, "array", path);
    if (!status) status = read_extents(out, space, path, error);
    if (!status) {
        out->kind = kind_of(type);
        out->bytes = (int)H5Tget_size(type);
    }
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    return status;
}

Status hdf5_shape(Hdf5Shape *out, Hdf5File *file, const char *path, Error *error)
{
    hid_t array = H5I_INVALID_HID;
    Status status = open_array(&array, file, path, error);
    if (status) return status;
    status = shape_of(out, array, path, error);
    H5Dclose(array);
    return status;
}

/* an enumeration is read as its integers */
static hid_t memory_type(hid_t array, DType dtype)
{
    const hid_t type = H5Dget_type(array);
    const bool named = type >= 0 && H5Tget_class(type) == H5T_ENUM;
    const bool bytes = named && H5Tget_size(type) == 1 && dtype == DTYPE_U8;
    hid_t result = bytes ? H5Tcopy(type) : named ? H5I_INVALID_HID : type_of(dtype);
    if (type >= 0) H5Tclose(type);
    return result;
}

static Status read_values(void *data, hid_t array, const char *path, DType dtype, Error *error)
{
    const hid_t type = memory_type(array, dtype);
    if (type < 0)
        return error_set(error, ERR_FORMAT, "array '%.200s': expected numbers of type %s", path,
                         dtype_name(dtype));
    Status status = OK;
    if (H5Dread(array, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
        status = refuse(error, ERR_FORMAT, "read array", path);
    H5Tclose(type);
    return status;
}

/* bytes that the file really holds for an array bound what is allocated for it */
static Status check_stored(hid_t array, const Hdf5Shape *shape, const char *path, Error *error)
{
    const uint64_t stored = (uint64_t)H5Dget_storage_size(array);
    const uint64_t claimed = (uint64_t)shape->count;
    if (claimed / 1100 <= stored) return OK; /* deflate packs 1032 to 1 at best */
    return error_set(error, ERR_FORMAT,
                     "array '%.200s' claims %llu elements, %llu bytes are stored", path,
                     (unsigned long long)claimed, (unsigned long long)stored);
}

Status hdf5_read(void *out, Hdf5File *file, const char *path, DType dtype, Error *error)
{
    hid_t array = H5I_INVALID_HID;
    Hdf5Shape shape;
    void *data = NULL;
    memcpy(out, &data, sizeof data);
    Status status = open_array(&array, file, path, error);
    if (status) return status;
    status = shape_of(&shape, array, path, error);
    if (!status && shape.kind == HDF5_OTHER)
        status = error_set(error, ERR_FORMAT, "array '%.200s' holds no numbers", path);
    if (!status) status = check_stored(array, &shape, path, error);
    if (!status) status = memory_alloc(&data, (size_t)shape.count, dtype_size(dtype), error);
    if (!status && shape.count) status = read_values(data, array, path, dtype, error);
    H5Dclose(array);
    if (status)
        memory_free(data);
    else
        memcpy(out, &data, sizeof data);
    return status;
}

/* ---- attributes ---- */

static hid_t open_attribute(Hdf5File *file, const char *path, const char *name)
{
    if (path[0] && !stays_inside(file, path)) return H5I_INVALID_HID;
    const char *object = path[0] ? path : "/";
    if (H5Aexists_by_name(file->id, object, name, H5P_DEFAULT) <= 0) return H5I_INVALID_HID;
    return H5Aopen_by_name(file->id, object, name, H5P_DEFAULT, H5P_DEFAULT);
}

static bool is_single(hid_t attribute)
{
    const hid_t space = H5Aget_space(attribute);
    const bool single = space >= 0 && H5Sget_simple_extent_npoints(space) == 1;
    if (space >= 0) H5Sclose(space);
    return single;
}

static Status read_text(char **out, hid_t attribute, hid_t type, Error *error)
{
    char *stored = NULL;
    if (H5Tis_variable_str(type) > 0) {
        Status status = OK;
        if (H5Aread(attribute, type, &stored) >= 0 && stored)
            status = string_copy(out, stored, error);
        if (stored) H5free_memory(stored);
        return status;
    }
    const size_t size = H5Tget_size(type);
    if (!size || size > TEXT_MAX) return OK;
    Status status = memory_alloc(out, size + 1, 1, error);
    if (!status && H5Aread(attribute, type, *out) < 0) {
        memory_free(*out);
        *out = NULL;
    }
    return status;
}

Status hdf5_get_text(char **out, Hdf5File *file, const char *path, const char *name, Error *error)
{
    *out = NULL;
    const hid_t attribute = open_attribute(file, path, name);
    if (attribute < 0) return OK;
    const hid_t type = H5Aget_type(attribute);
    Status status = OK;
    if (type >= 0 && H5Tget_class(type) == H5T_STRING && is_single(attribute))
        status = read_text(out, attribute, type, error);
    if (type >= 0) H5Tclose(type);
    H5Aclose(attribute);
    return status;
}

int64_t hdf5_get_int(Hdf5File *file, const char *path, const char *name, int64_t fallback)
{
    const hid_t attribute = open_attribute(file, path, name);
    if (attribute < 0) return fallback;
    const hid_t type = H5Aget_type(attribute);
    int64_t value = fallback;
    if (type >= 0 && H5Tget_class(type) == H5T_INTEGER && is_single(attribute) &&
        H5Aread(attribute, H5T_NATIVE_INT64, &value) < 0)
        value = fallback;
    if (type >= 0) H5Tclose(type);
    H5Aclose(attribute);
    return value;
}
