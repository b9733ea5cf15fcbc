using Mono.Cecil;
using Mono.Cecil.Cil;

namespace UniMed.Architecture.Tests;

/// <summary>
/// Reads what every type of an assembly knows: base types, interfaces, constraints, members' signatures, attributes,
/// and what its code names. Nested and compiler-made types count to their outermost type.
/// </summary>
/// <remarks>
/// A limit: the compiler writes the value of a constant, of an enum's member and of nameof, and the type it came from is
/// not in the code. An enum is still seen where a value of it is declared, passed or returned.
/// </remarks>
internal static class TypeReader
{
    /// <summary>Reads an assembly.</summary>
    /// <param name="path">Path of the assembly.</param>
    /// <param name="folder">Its project's folder in the repository, such as "src/UniMed.Native".</param>
    public static IReadOnlyList<SourceType> Read(string path, string folder)
    {
        IReadOnlyDictionary<int, IReadOnlyList<string>> files = SourceFiles.Of(path, folder);
        using var beside = new DefaultAssemblyResolver();
        beside.AddSearchDirectory(Path.GetDirectoryName(path));
        var parameters = new ReaderParameters { AssemblyResolver = beside };
        using ModuleDefinition module = ModuleDefinition.ReadModule(path, parameters);
        return
        [
            .. module.Types.Where(type => !IsMadeByCompiler(type)).Select(type => new SourceType(
                type.FullName,
                Names(WithNested(type).SelectMany(part => files[part.MetadataToken.ToInt32()])),
                Names(Known(type).Where(known => known != type).Select(known => known.FullName)))
            { IsPublic = type.IsPublic }),
        ];
    }

    // <Module>, anonymous types, what a generator adds beside the source: no type in a file of ours has such a name.
    private static bool IsMadeByCompiler(TypeDefinition type) =>
        type.Name.Contains('<', StringComparison.Ordinal)
            || type.Namespace is "Microsoft.CodeAnalysis" or "System.Runtime.CompilerServices";

    private static string[] Names(IEnumerable<string> names) => [.. names.Distinct().Order(StringComparer.Ordinal)];

    private static TypeDefinition Outermost(TypeDefinition type) =>
        type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) =>
        type.NestedTypes.SelectMany(WithNested).Prepend(type);

    // Types of the same assembly are definitions; of all others it has references alone.
    private static IEnumerable<TypeDefinition> Known(TypeDefinition type) =>
        WithNested(type).SelectMany(Named).SelectMany(Parts).OfType<TypeDefinition>()
            .Select(Outermost).Where(known => !IsMadeByCompiler(known));

    private static IEnumerable<TypeReference?> Named(TypeDefinition type) =>
    [
        type.BaseType,
        .. type.Interfaces.SelectMany(known => Attributes(known).Append(known.InterfaceType)),
        .. Attributes(type), .. Constraints(type),
        .. type.Fields.SelectMany(field => Attributes(field).Append(field.FieldType)),
        .. type.Properties.SelectMany(property => Attributes(property).Append(property.PropertyType)),
        .. type.Events.SelectMany(member => Attributes(member).Append(member.EventType)),
        .. type.Methods.SelectMany(Named),
    ];

    private static IEnumerable<TypeReference?> Named(MethodDefinition method) =>
    [
        .. Signature(method), .. Constraints(method), .. method.Overrides.SelectMany(Signature),
        .. Attributes(method), .. Attributes(method.MethodReturnType), .. method.Parameters.SelectMany(Attributes),
        .. method.HasBody ? Named(method.Body) : [],
    ];

    private static IEnumerable<TypeReference?> Named(MethodBody body) =>
    [
        .. body.Variables.Select(variable => variable.VariableType),
        .. body.ExceptionHandlers.Select(handler => handler.CatchType),
        .. body.Instructions.SelectMany(instruction => instruction.Operand switch
        {
            TypeReference type => [type],
            FieldReference field => [field.DeclaringType, field.FieldType],
            MethodReference method => Signature(method),
            CallSite site => site.Parameters.Select(parameter => parameter.ParameterType).Append(site.ReturnType),
            _ => Enumerable.Empty<TypeReference>(),
        }),
    ];

    private static IEnumerable<TypeReference?> Signature(MethodReference method) =>
    [
        method.DeclaringType, method.ReturnType, .. method.Parameters.Select(parameter => parameter.ParameterType),
        .. method is GenericInstanceMethod made ? made.GenericArguments : [],
    ];

    private static IEnumerable<TypeReference?> Constraints(IGenericParameterProvider generic) =>
        generic.GenericParameters.SelectMany(parameter => parameter.Constraints)
            .Select(constraint => constraint.ConstraintType);

    private static IEnumerable<TypeReference?> Attributes(ICustomAttributeProvider member) =>
        member.CustomAttributes.SelectMany(attribute => attribute.ConstructorArguments
            .Concat(attribute.Fields.Concat(attribute.Properties).Select(named => named.Argument))
            .SelectMany(Argument)
            .Prepend(attribute.AttributeType));

    private static IEnumerable<TypeReference> Argument(CustomAttributeArgument argument) => argument.Value switch
    {
        CustomAttributeArgument[] many => many.SelectMany(Argument),
        CustomAttributeArgument boxed => Argument(boxed),
        TypeReference type => [argument.Type, type],
        _ => [argument.Type],
    };

    // A type and what it is made of: elements, generic arguments, modifiers, parameters of function pointers.
    private static IEnumerable<TypeReference> Parts(TypeReference? type) => type switch
    {
        null => [],
        GenericInstanceType made => Parts(made.ElementType).Concat(made.GenericArguments.SelectMany(Parts)),
        IModifierType modified => Parts(modified.ElementType).Concat(Parts(modified.ModifierType)),
        FunctionPointerType pointer =>
            pointer.Parameters.Select(parameter => parameter.ParameterType).Append(pointer.ReturnType).SelectMany(Parts),
        TypeSpecification made => Parts(made.ElementType),
        _ => [type],
    };
}
