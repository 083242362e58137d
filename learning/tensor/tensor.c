#include "tensor/tensor.h"

#include <stdio.h>

size_t shape_count(Shape shape)
{
    size_t count = 1;
    for (int i = 0; i < shape.rank; i++)
        count *= (size_t)shape.dims[i];
    return count;
}

bool shape_equal(Shape a, Shape b)
{
    if (a.rank != b.rank) return false;
    for (int i = 0; i < a.rank; i++)
        if (a.dims[i] != b.dims[i]) return false;
    return true;
}

const char *shape_format(char *text, size_t size, Shape shape)
{
    size_t used = 0;
    int n = snprintf(text, size, "(");
    for (int i = 0; i < shape.rank && n >= 0; i++) {
        used += (size_t)n;
        if (used >= size) return text;
        n = snprintf(text + used, size - used, i ? ", %d" : "%d", shape.dims[i]);
    }
    used += n > 0 ? (size_t)n : 0;
    if (used < size) snprintf(text + used, size - used, ")");
    return text;
}
