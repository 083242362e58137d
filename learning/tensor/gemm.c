/** Matrix products. The only file that meets BLAS. */
#include <cblas.h>

#include "tensor/kernels.h"

void gemm(bool transpose_a, bool transpose_b, int m, int n, int k, const real *a, int lda,
          const real *b, int ldb, real *c, int ldc, bool add)
{
    const CBLAS_TRANSPOSE ta = transpose_a ? CblasTrans : CblasNoTrans;
    const CBLAS_TRANSPOSE tb = transpose_b ? CblasTrans : CblasNoTrans;
    const real beta = add ? 1 : 0;
#ifdef PLAYSLOT_DOUBLE
    cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
#else
    cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
#endif
}
