namespace UniMed.Native.Tests.Devices;

/// <summary>One tensor argument of one operation: everything else is given and right.</summary>
/// <param name="Name">Operation and argument.</param>
/// <param name="Rows">Rows the argument must have.</param>
/// <param name="Columns">Columns the argument must have.</param>
/// <param name="Run">Calls the operation with a tensor as this argument.</param>
public sealed record Operation(string Name, int Rows, int Columns, Action<Tensor> Run);
