using Xunit.Sdk;
using Xunit.v3;

// Snippets and command lines have the current folder and the console of the process.
[assembly: Parallelization(Mode = ParallelMode.None)]
