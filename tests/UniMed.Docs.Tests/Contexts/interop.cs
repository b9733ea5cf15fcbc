using UniMed.Inference;
using UniMed.Native;
using UniMed.Native.Cuda;

nint context = 1;
nint stream = 0;
nint devicePointer = 2;
// snippet
ArgumentNullException.ThrowIfNull(answer);
