namespace UniMed.PtxMachine.Syntax;

/// <summary>How an operand is written.</summary>
internal enum OperandKind
{
    /// <summary><c>%r1</c></summary>
    Register,

    /// <summary><c>%tid.x</c></summary>
    Special,

    /// <summary><c>12</c>, <c>0xEA</c></summary>
    Integer,

    /// <summary><c>0f3F800000</c></summary>
    Float,

    /// <summary><c>0d3FF0000000000000</c></summary>
    Double,

    /// <summary>A variable or a label.</summary>
    Symbol,

    /// <summary><c>[%rd1+16]</c>, <c>[name]</c></summary>
    Address,

    /// <summary><c>{%f1, %f2}</c></summary>
    Vector,

    /// <summary><c>%r1|%p1</c></summary>
    Pair,
}
