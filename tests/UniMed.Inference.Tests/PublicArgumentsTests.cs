using System.Reflection;
using System.Text.Json;
using UniMed.Inference.Tests.Engine;
using UniMed.Tests;
using Xunit;

// Calls are refused before there is anything to cancel.
#pragma warning disable xUnit1051

namespace UniMed.Inference.Tests;

/// <summary>What is null, empty or says nothing is refused at every public entry, by the parameter's name.</summary>
public sealed class PublicArgumentsTests : IClassFixture<NanoStudy>, IAsyncDisposable
{
    private static readonly MedicalImage Image = MedicalImage.Load(Golden.Path("nano", "images", "mri_axial_031.png"));

    /// <summary>Texts of these names say what is asked, so they must say something; in others, and in templates and lists that are read, an empty text may be what was found.</summary>
    private static readonly string[] Asking = ["question", "phrase", "prompt", "subject", "instruction", "path"];

    /// <summary>Pictures, files and tokenizers.</summary>
    private static readonly Type[] TestedElsewhere = [typeof(MedicalImage), typeof(BicubicResize), typeof(ImagePreprocessor), typeof(ImageAnnotator), typeof(LlamaTokenizer), typeof(UniMedConfigFile)];

    private readonly NanoStudy _nano;
    private readonly UniMedEngine _engine;
    private readonly Dictionary<Type, object> _values;

    public PublicArgumentsTests(NanoStudy nano)
    {
        _nano = nano;
        _engine = UniMedEngine.Create(nano.Model);
        _values = new Dictionary<Type, object>
        {
            [typeof(string)] = "what",
            [typeof(int)] = 2,
            [typeof(double)] = 1.0,
            [typeof(bool)] = false,
            [typeof(CancellationToken)] = CancellationToken.None,
            [typeof(PercentBox)] = new PercentBox(0, 0, 9, 9),
            [typeof(UniMedTask)] = UniMedTask.Qa,
            [typeof(JsonElement)] = JsonDocument.Parse("{\"type\": \"null\"}").RootElement,
            [typeof(MedicalImage)] = Image,
            [typeof(UniMedModel)] = nano.Model,
            [typeof(Study)] = nano.Study,
            [typeof(UniMedEngine)] = _engine,
            [typeof(PromptTemplate)] = new PromptTemplate(nano.Model.Config.Prompt),
            [typeof(AnswerConstraint)] = AnswerConstraint.YesNo,
            [typeof(TaskRequest<TextAnswer>)] = TaskRequest.Answer("x"),
            [typeof(IReadOnlyList<string>)] = new[] { "axial", "coronal" },
            [typeof(IReadOnlyList<Study>)] = Array.Empty<Study>(),
            [typeof(IReadOnlyList<MedicalImage>)] = Array.Empty<MedicalImage>(),
            [typeof(IReadOnlyList<RawRequest>)] = Array.Empty<RawRequest>(),
            [typeof(PromptConfig)] = nano.Model.Config.Prompt,
            [typeof(Func<RequestOptions, CancellationToken, PendingAnswer<TextAnswer>>)] = (RequestOptions options, CancellationToken cancellation) => nano.Model.AnswerAsync("x", options, cancellation),
        };
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task Null_is_refused_wherever_it_is_not_allowed()
    {
        int tried = 0;
        foreach ((MethodBase method, ParameterInfo parameter) in Parameters())
        {
            if (parameter.ParameterType.IsValueType || new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable)
                continue;
            ArgumentNullException error = await Assert.ThrowsAsync<ArgumentNullException>(() => CallAsync(method, parameter, null));
            Assert.True(error.ParamName == parameter.Name, $"{Name(method)} calls '{parameter.Name}' '{error.ParamName}'.");
            tried++;
        }

        Assert.True(tried > 40, $"Only {tried} parameters were found.");
    }

    [Fact]
    public async Task A_text_that_asks_nothing_is_refused()
    {
        int tried = 0;
        foreach ((MethodBase method, ParameterInfo parameter) in Parameters())
        {
            if (parameter.ParameterType != typeof(string) || !Asking.Contains(parameter.Name) || method.DeclaringType == typeof(CategoryList) || method.DeclaringType == typeof(PromptTemplate))
                continue;
            foreach (string nothing in (string[])["", " ", "\t\r\n\u3000"])
            {
                ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(() => CallAsync(method, parameter, nothing));
                Assert.True(error.ParamName == parameter.Name, $"{Name(method)} calls '{parameter.Name}' '{error.ParamName}'.");
            }

            tried++;
        }

        Assert.True(tried > 15, $"Only {tried} texts were found.");
    }

    [Fact]
    public async Task Elements_that_are_null_are_refused_with_their_place()
    {
        ArgumentException studies = Assert.Throws<ArgumentException>(() => _nano.Model.GenerateAsync("x", [_nano.Study, null!], UniMedTask.Vqa));
        ArgumentException images = Assert.Throws<ArgumentException>(() => _engine.GenerateAsync("x", [Image, null!], UniMedTask.Vqa));
        ArgumentException requests = await Assert.ThrowsAsync<ArgumentException>(() => _nano.Model.GenerateBatchAsync([new RawRequest("x", [], UniMedTask.Qa), null!]));
        Assert.Equal(("images", "images", "requests"), (studies.ParamName, images.ParamName, requests.ParamName));
        Assert.All([studies, images, requests], error => Assert.Contains("Element 1", error.Message, StringComparison.Ordinal));
        Assert.Equal("prompt", (await Assert.ThrowsAsync<ArgumentException>(() => _nano.Model.GenerateBatchAsync([new RawRequest(" ", [], UniMedTask.Qa)]))).ParamName);
        Assert.Equal("images", (await Assert.ThrowsAsync<ArgumentNullException>(() => _nano.Model.GenerateBatchAsync([new RawRequest("x", null!, UniMedTask.Qa)]))).ParamName);
    }

    [Fact]
    public void Categories_that_share_their_probability_are_refused()
    {
        Assert.Contains("Categories 0 and 2 are both 'axial'", Assert.Throws<UniMedException>(() => _nano.Study.ClassifyAsync(["axial", "coronal", "axial"])).Message, StringComparison.Ordinal);
        Assert.Contains("Categories 0 and 2 are both 'axial'", Assert.Throws<UniMedException>(() => _engine.ClassifyAsync(Image, ["axial", "coronal", "axial"])).Message, StringComparison.Ordinal);
        foreach (string?[] wrong in (string?[][])[[], ["axial"], ["axial", ""], ["axial", " "], ["axial", " coronal"], ["axial", null]])
        {
            Assert.Throws<UniMedException>(() => _nano.Study.ClassifyAsync(wrong!));
            Assert.Throws<UniMedException>(() => _engine.ClassifyAsync(Image, wrong!));
        }
    }

    [Theory]
    [InlineData(-1, 0, 9, 9)]
    [InlineData(0, 0, 101, 9)]
    [InlineData(9, 0, 8, 9)]
    [InlineData(0, 9, 9, 8)]
    [InlineData(int.MinValue, int.MinValue, int.MaxValue, int.MaxValue)]
    public void A_box_outside_the_image_or_inside_out_is_refused(int x1, int y1, int x2, int y2)
    {
        Assert.Throws<UniMedException>(() => _nano.Study.IdentifyAsync(new PercentBox(x1, y1, x2, y2)));
        Assert.Throws<UniMedException>(() => _engine.IdentifyAsync(Image, new PercentBox(x1, y1, x2, y2)));
    }

    [Fact]
    public void A_task_that_does_not_exist_is_refused_at_the_call()
    {
        Assert.Throws<UniMedException>(() => _nano.Model.GenerateAsync("x", [], (UniMedTask)77));
        Assert.Throws<UniMedException>(() => _engine.GenerateAsync("x", [], (UniMedTask)77));
    }

    [Fact]
    public async Task Options_that_lack_a_part_are_refused_by_its_name()
    {
        Assert.Equal("RequestOptions.Generation", Assert.Throws<ArgumentNullException>(() => _nano.Study.AskAsync("x", new RequestOptions { Generation = null! })).ParamName);
        Assert.Equal("RequestOptions.Generation", Assert.Throws<ArgumentNullException>(() => _engine.AnswerAsync("x", new RequestOptions { Generation = null! })).ParamName);
        Assert.Equal("UniMedModelOptions.Device", Assert.Throws<ArgumentNullException>(() => UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions { Device = null! })).ParamName);
        Assert.Equal("UniMedModelOptions.ImageLimits", Assert.Throws<ArgumentNullException>(() => UniMedModel.Load(Golden.NanoModel, new UniMedModelOptions { ImageLimits = null! })).ParamName);
        await Assert.ThrowsAsync<InvalidOperationException>(() => SampledAgreement.MeasureAsync(2, (_, _) => (PendingAnswer<TextAnswer>)null!));
    }

    /// <summary>Parameters of what a user calls: not of records, which only hold what they are given, nor of pictures, files and tokenizers, which have tests of their own.</summary>
    private static IEnumerable<(MethodBase Method, ParameterInfo Parameter)> Parameters() =>
        from type in typeof(UniMedModel).Assembly.GetExportedTypes()
        where !TestedElsewhere.Contains(type) && !type.IsGenericType && !typeof(Exception).IsAssignableFrom(type)
            && type.GetMethod("<Clone>$") is null && !typeof(IEquatable<>).MakeGenericType(type).IsAssignableFrom(type)
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly).Cast<MethodBase>().Concat(type.GetConstructors())
        from parameter in method.GetParameters()
        where !parameter.IsOut
        select (method, parameter);

    /// <summary>Calls a method with something fitting for every parameter but one; waits for its task.</summary>
    private async Task CallAsync(MethodBase method, ParameterInfo odd, object? value)
    {
        if (method is MethodInfo { IsGenericMethodDefinition: true } generic)
            method = generic.MakeGenericMethod(typeof(TextAnswer));
        object?[] arguments = [.. method.GetParameters().Select(parameter => parameter.Position == odd.Position ? value : parameter.HasDefaultValue ? Default(parameter) : parameter.IsOut ? null : Value(parameter.ParameterType))];
        try
        {
            object? result = method is ConstructorInfo constructor ? constructor.Invoke(arguments) : method.Invoke(method.IsStatic ? null : Value(method.DeclaringType!), arguments);
            if (result is Task task)
                await task;
        }
        catch (TargetInvocationException error)
        {
            throw error.InnerException!;
        }
    }

    private static object? Default(ParameterInfo parameter) => parameter.DefaultValue ?? (parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null);

    private object Value(Type type) => _values.TryGetValue(type, out object? value) ? value : throw new KeyNotFoundException($"Give a {type} to call new public methods with.");

    private static string Name(MethodBase method) => $"{method.DeclaringType!.Name}.{method.Name}";
}
