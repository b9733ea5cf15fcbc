using System.Globalization;

namespace UniMed.PtxMachine.Syntax;

/// <summary>Reads operands.</summary>
internal static class OperandParser
{
    private static readonly string[] SpecialNames = ["tid", "ntid", "ctaid", "nctaid", "laneid", "warpid", "dynamic_smem_size"];

    /// <summary>Reads a list of operands, separated by commas outside of brackets.</summary>
    /// <exception cref="FormatException">One is no operand.</exception>
    public static List<PtxOperand> ParseList(string text)
    {
        var operands = new List<PtxOperand>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            char c = i < text.Length ? text[i] : ',';
            if (c is '{' or '[')
                depth++;
            else if (c is '}' or ']')
                depth--;
            else if (c == ',' && (depth == 0 || i == text.Length))
            {
                operands.Add(Parse(text[start..i].Trim()));
                start = i + 1;
            }
        }

        return operands;
    }

    private static PtxOperand Parse(string text)
    {
        if (text.Length == 0)
            throw new FormatException("an operand is missing");
        if (text[0] == '{')
            return text[^1] == '}' ? new PtxOperand(OperandKind.Vector, "", 0, ParseList(text[1..^1])) : throw Bad(text);
        if (text[0] == '[')
            return text[^1] == ']' ? Address(text[1..^1].Trim()) : throw Bad(text);
        int bar = text.IndexOf('|', StringComparison.Ordinal);
        if (bar > 0)
            return new PtxOperand(OperandKind.Pair, "", 0, [Parse(text[..bar].Trim()), Parse(text[(bar + 1)..].Trim())]);
        if (text[0] == '%')
        {
            int dot = text.IndexOf('.', StringComparison.Ordinal);
            string name = text[1..(dot < 0 ? text.Length : dot)];
            return new PtxOperand(SpecialNames.Contains(name) ? OperandKind.Special : OperandKind.Register, text, 0, []);
        }

        if (char.IsAsciiDigit(text[0]) || text[0] == '-')
            return Number(text);
        return IsName(text) ? new PtxOperand(OperandKind.Symbol, text, 0, []) : throw Bad(text);
    }

    private static PtxOperand Address(string text)
    {
        int plus = text.IndexOf('+', StringComparison.Ordinal);
        PtxOperand from = Parse((plus < 0 ? text : text[..plus]).Trim());
        ulong offset = plus < 0 ? 0 : Number(text[(plus + 1)..].Trim()).Bits;
        return from.Kind is OperandKind.Register or OperandKind.Symbol
            ? new PtxOperand(OperandKind.Address, from.Name, offset, [])
            : throw Bad($"[{text}]");
    }

    private static PtxOperand Number(string text)
    {
        if (text.StartsWith("0f", StringComparison.Ordinal) && text.Length == 10)
            return new PtxOperand(OperandKind.Float, "", Hexadecimal(text, text[2..]), []);
        if (text.StartsWith("0d", StringComparison.Ordinal) && text.Length == 18)
            return new PtxOperand(OperandKind.Double, "", Hexadecimal(text, text[2..]), []);
        if (text.StartsWith("0x", StringComparison.Ordinal))
            return new PtxOperand(OperandKind.Integer, "", Hexadecimal(text, text[2..]), []);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value))
            return new PtxOperand(OperandKind.Integer, "", (ulong)value, []);
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong large)
            ? new PtxOperand(OperandKind.Integer, "", large, [])
            : throw Bad(text);
    }

    private static ulong Hexadecimal(string text, string digits) =>
        ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong bits) ? bits : throw Bad(text);

    private static bool IsName(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$');

    private static FormatException Bad(string text) => new($"{text} is not an operand that the machine knows");
}
