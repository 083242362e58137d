#include "base/png.h"

#include <setjmp.h>
#include <stdbool.h>
#include <string.h>

#include <png.h>

#include "base/files.h"
#include "base/memory.h"

#define SIDE_MAX          16384
#define DEFLATE_RATIO_MAX 1032 /* no zlib stream grows more than this */

Status raster_init(Raster *out, int width, int height, int channels, Error *error)
{
    *out = (Raster){ 0 };
    if (width < 1 || height < 1 || width > SIDE_MAX || height > SIDE_MAX)
        return error_set(error, ERR_ARGUMENT, "picture size %dx%d is outside 1x1..%dx%d", width,
                         height, SIDE_MAX, SIDE_MAX);
    if (channels != 1 && channels != 3 && channels != 4)
        return error_set(error, ERR_ARGUMENT, "a picture has 1, 3 or 4 channels, not %d", channels);
    size_t count = (size_t)width * (size_t)height * (size_t)channels;
    if (memory_new_array(&out->pixels, count, error)) return error->status;
    out->width = width;
    out->height = height;
    out->channels = channels;
    return OK;
}

void raster_release(Raster *raster)
{
    memory_free(raster->pixels);
    *raster = (Raster){ 0 };
}

/* What libpng's callbacks reach through their user pointer. */
typedef struct PngIo {
    const unsigned char *data; /* reading */
    unsigned char *bytes;      /* writing: grown as needed */
    size_t size, used;
    char message[160]; /* libpng's last error */
    Error *error;      /* writing: an allocation that failed */
    bool out_of_memory;
} PngIo;

static void on_error(png_structp png, png_const_charp message)
{
    PngIo *io = png_get_error_ptr(png);
    if (!io->message[0]) strncpy(io->message, message, sizeof io->message - 1);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void on_read(png_structp png, png_bytep out, size_t count)
{
    PngIo *io = png_get_io_ptr(png);
    if (count > io->size - io->used) png_error(png, "the data is cut short");
    memcpy(out, io->data + io->used, count);
    io->used += count;
}

/* Ask libpng for 8-bit gray, RGB or RGBA whatever the file holds. */
static void request_bytes(png_structp png, png_infop info)
{
    png_byte color = png_get_color_type(png, info);
    png_set_scale_16(png);
    png_set_expand(png);
    if (color == PNG_COLOR_TYPE_GRAY_ALPHA ||
        (color == PNG_COLOR_TYPE_GRAY && png_get_valid(png, info, PNG_INFO_tRNS)))
        png_set_gray_to_rgb(png);
}

static Status format_error(const PngIo *io, Error *error)
{
    return error_set(error, ERR_FORMAT, "not a readable PNG: %s",
                     io->message[0] ? io->message : "unknown libpng error");
}

/* All of the decoding that may longjmp. Nothing here is read after the jump but through pointers. */
static Status decode_rows(png_structp png, png_infop info, PngIo *io, Raster *out, Error *error)
{
    if (png_sig_cmp(io->data, 0, io->size < 8 ? io->size : 8))
        return error_set(error, ERR_FORMAT, "not a PNG file");
    if (setjmp(png_jmpbuf(png))) return format_error(io, error);
    png_set_user_limits(png, SIDE_MAX, SIDE_MAX);
    png_set_chunk_malloc_max(png, 1 << 26);
    png_set_read_fn(png, io, on_read);
    png_read_info(png, info);
    request_bytes(png, info);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    size_t promised = png_get_rowbytes(png, info) * png_get_image_height(png, info);
    if (promised / DEFLATE_RATIO_MAX > io->size) png_error(png, "the data is cut short");
    if (raster_init(out, (int)png_get_image_width(png, info), (int)png_get_image_height(png, info),
                    png_get_channels(png, info), error))
        return error->status;
    size_t stride = (size_t)out->width * (size_t)out->channels;
    if (png_get_rowbytes(png, info) != stride) png_error(png, "unexpected row size");
    for (int pass = 0; pass < passes; pass++)
        for (int y = 0; y < out->height; y++)
            png_read_row(png, out->pixels + (size_t)y * stride, NULL);
    png_read_end(png, NULL);
    return OK;
}

Status raster_decode_png(Raster *out, const void *data, size_t size, Error *error)
{
    *out = (Raster){ 0 };
    PngIo io = { .data = data, .size = size };
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &io, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    Status status = OK;
    if (!info)
        status = error_set(error, ERR_MEMORY, "libpng has no memory for a decoder");
    else
        status = decode_rows(png, info, &io, out, error);
    png_destroy_read_struct(&png, &info, NULL);
    if (status) raster_release(out);
    return status;
}

Status raster_read_png(Raster *out, const char *path, Error *error)
{
    *out = (Raster){ 0 };
    FileMap map = { 0 };
    Status status = file_map(&map, path, error);
    if (status) return error_wrap(error, "read picture '%s'", path);
    status = raster_decode_png(out, map.data, map.size, error);
    file_unmap(&map);
    return status ? error_wrap(error, "read picture '%s'", path) : OK;
}

static void on_write(png_structp png, png_bytep data, size_t count)
{
    PngIo *io = png_get_io_ptr(png);
    if (count > io->size - io->used) {
        size_t grown = io->size * 2 + count + 4096;
        if (memory_grow(&io->bytes, io->size, grown, 1, io->error)) {
            io->out_of_memory = true;
            png_error(png, "out of memory");
        }
        io->size = grown;
    }
    memcpy(io->bytes + io->used, data, count);
    io->used += count;
}

static void on_flush(png_structp png)
{
    (void)png;
}

static Status encode_rows(png_structp png, png_infop info, PngIo *io, const Raster *raster,
                          Error *error)
{
    static const int color_types[5] = { 0, PNG_COLOR_TYPE_GRAY, 0, PNG_COLOR_TYPE_RGB,
                                        PNG_COLOR_TYPE_RGBA };
    if (setjmp(png_jmpbuf(png))) {
        if (io->out_of_memory) return error->status;
        return error_set(error, ERR_FORMAT, "cannot encode PNG: %s", io->message);
    }
    png_set_write_fn(png, io, on_write, on_flush);
    png_set_IHDR(png, info, (png_uint_32)raster->width, (png_uint_32)raster->height, 8,
                 color_types[raster->channels], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    size_t stride = (size_t)raster->width * (size_t)raster->channels;
    for (int y = 0; y < raster->height; y++)
        png_write_row(png, raster->pixels + (size_t)y * stride);
    png_write_end(png, info);
    return OK;
}

static Status check_raster(const Raster *raster, Error *error)
{
    bool size = raster->width >= 1 && raster->height >= 1 && raster->width <= SIDE_MAX &&
                raster->height <= SIDE_MAX;
    bool channels = raster->channels == 1 || raster->channels == 3 || raster->channels == 4;
    if (size && channels && raster->pixels) return OK;
    return error_set(error, ERR_ARGUMENT, "cannot encode a %dx%d picture of %d channels",
                     raster->width, raster->height, raster->channels);
}

Status raster_encode_png(unsigned char **out, size_t *size, const Raster *raster, Error *error)
{
    *out = NULL;
    *size = 0;
    if (check_raster(raster, error)) return error->status;
    PngIo io = { .error = error };
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &io, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    Status status = OK;
    if (!info)
        status = error_set(error, ERR_MEMORY, "libpng has no memory for an encoder");
    else
        status = encode_rows(png, info, &io, raster, error);
    png_destroy_write_struct(&png, &info);
    if (status) {
        memory_free(io.bytes);
        return status;
    }
    *out = io.bytes;
    *size = io.used;
    return OK;
}

Status raster_write_png(const Raster *raster, const char *path, Error *error)
{
    unsigned char *bytes = NULL;
    size_t size = 0;
    Status status = raster_encode_png(&bytes, &size, raster, error);
    if (!status) status = file_write(path, bytes, size, error);
    memory_free(bytes);
    return status ? error_wrap(error, "write picture '%s'", path) : OK;
}

static Raster image_as_raster(const Image *image)
{
    return (Raster){ image->width, image->height, 3, image->pixels };
}

Status image_read_png(Image *out, const char *path, Error *error)
{
    *out = (Image){ 0 };
    Raster raster = { 0 };
    if (raster_read_png(&raster, path, error)) return error->status;
    Status status = image_init(out, raster.width, raster.height, error);
    if (!status) {
        size_t count = (size_t)raster.width * (size_t)raster.height;
        for (size_t i = 0; i < count; i++)
            for (size_t c = 0; c < 3; c++)
                out->pixels[i * 3 + c] = raster.channels == 1
                                             ? raster.pixels[i]
                                             : raster.pixels[i * (size_t)raster.channels + c];
    }
    raster_release(&raster);
    return status;
}

Status image_encode_png(unsigned char **out, size_t *size, const Image *image, Error *error)
{
    Raster raster = image_as_raster(image);
    return raster_encode_png(out, size, &raster, error);
}

Status image_write_png(const Image *image, const char *path, Error *error)
{
    Raster raster = image_as_raster(image);
    return raster_write_png(&raster, path, error);
}
