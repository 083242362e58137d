/* Contact sheets; declared in panel.h. */
#include "base/memory.h"
#include "recordings/canvas.h"
#include "recordings/panel.h"

#define MARGIN       14
#define GAP          6
#define ROW_LABEL    130 /* width of the column of row labels */
#define COLUMN_LABEL 24
#define SIDE_MAX     16384

static const Color paper = { 250, 250, 252 };
static const Color ink = { 32, 36, 46 };
static const Color faint_ink = { 112, 118, 130 };
static const Color empty = { 236, 238, 242 };

struct Sheet {
    int rows, columns, width, height, scale;
    Image canvas;
};

static Area cell_area(const Sheet *sheet, int row, int column)
{
    int width = sheet->width * sheet->scale, height = sheet->height * sheet->scale;
    return (Area){ MARGIN + ROW_LABEL + column * (width + GAP),
                   MARGIN + COLUMN_LABEL + row * (height + GAP), width, height };
}

static Status check(int rows, int columns, int width, int height, int scale, Error *error)
{
    if (rows < 1 || rows > 64 || columns < 1 || columns > 256)
        return error_set(error, ERR_ARGUMENT, "a sheet of %d x %d pictures is outside 1x1..64x256",
                         rows, columns);
    if (width < 1 || height < 1 || width > 4096 || height > 4096 || scale < 1 || scale > 16)
        return error_set(error, ERR_ARGUMENT, "sheet pictures of %dx%d, scale %d are out of range",
                         width, height, scale);
    return OK;
}

Status sheet_create(Sheet **out, int rows, int columns, int width, int height, int scale,
                    Error *error)
{
    *out = NULL;
    if (check(rows, columns, width, height, scale, error)) return error->status;
    Sheet *sheet = NULL;
    if (memory_new(&sheet, error)) return error->status;
    *sheet = (Sheet){ rows, columns, width, height, scale, { 0 } };
    Area last = cell_area(sheet, rows - 1, columns - 1);
    int right = last.x + last.width + MARGIN, bottom = last.y + last.height + MARGIN;
    Status status = OK;
    if (right > SIDE_MAX || bottom > SIDE_MAX)
        status = error_set(error, ERR_ARGUMENT, "a sheet of %dx%d pixels is larger than %d", right,
                           bottom, SIDE_MAX);
    else
        status = image_init(&sheet->canvas, right, bottom, error);
    if (status) {
        sheet_destroy(sheet);
        return status;
    }
    canvas_fill(&sheet->canvas, paper);
    for (int i = 0; i < rows * columns; i++)
        canvas_rect(&sheet->canvas, cell_area(sheet, i / columns, i % columns), empty);
    *out = sheet;
    return OK;
}

void sheet_destroy(Sheet *sheet)
{
    if (!sheet) return;
    image_release(&sheet->canvas);
    memory_free(sheet);
}

void sheet_label_row(Sheet *sheet, int row, const char *text)
{
    if (row < 0 || row >= sheet->rows) return;
    Area cell = cell_area(sheet, row, 0);
    Area area = { MARGIN, cell.y, ROW_LABEL - GAP, cell.height };
    canvas_rect(&sheet->canvas, area, paper);
    canvas_text_left(&sheet->canvas, area, 2, ink, text);
}

void sheet_label_column(Sheet *sheet, int column, const char *text)
{
    if (column < 0 || column >= sheet->columns) return;
    Area cell = cell_area(sheet, 0, column);
    Area area = { cell.x, MARGIN, cell.width, COLUMN_LABEL - GAP };
    canvas_rect(&sheet->canvas, area, paper);
    canvas_text_centered(&sheet->canvas, area, 2, faint_ink, text);
}

static Status check_cell(const Sheet *sheet, int row, int column, Error *error)
{
    if (row >= 0 && row < sheet->rows && column >= 0 && column < sheet->columns) return OK;
    return error_set(error, ERR_ARGUMENT, "sheet cell (%d, %d) is outside %d x %d", row, column,
                     sheet->rows, sheet->columns);
}

Status sheet_put(Sheet *sheet, int row, int column, const Image *picture, Error *error)
{
    if (check_cell(sheet, row, column, error)) return error->status;
    if (picture->width != sheet->width || picture->height != sheet->height)
        return error_set(error, ERR_SHAPE, "sheet picture: expected %dx%d, found %dx%d",
                         sheet->width, sheet->height, picture->width, picture->height);
    Area cell = cell_area(sheet, row, column);
    canvas_blit(&sheet->canvas, cell.x, cell.y, picture, sheet->scale);
    return OK;
}

void sheet_mark(Sheet *sheet, int row, int column, int red, int green, int blue)
{
    if (row < 0 || row >= sheet->rows || column < 0 || column >= sheet->columns) return;
    Area cell = cell_area(sheet, row, column);
    Area frame = { cell.x - 2, cell.y - 2, cell.width + 4, cell.height + 4 };
    canvas_border(&sheet->canvas, frame, 2, (Color){ (uint8_t)red, (uint8_t)green, (uint8_t)blue });
}

const Image *sheet_image(const Sheet *sheet)
{
    return &sheet->canvas;
}
