/* Numbers in files of fixed byte order, at any alignment. */
#ifndef PLAYSLOT_DATA_FORMATS_LITTLE_ENDIAN_H
#define PLAYSLOT_DATA_FORMATS_LITTLE_ENDIAN_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t little_get(const unsigned char *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

static inline void little_put(unsigned char *bytes, size_t size, uint64_t value)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
}

#endif
