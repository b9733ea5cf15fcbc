using System.Reflection;
using UniMed.Inference.Tests.Engine;
using UniMed.Tests;
using Xunit;

namespace UniMed.Inference.Tests;

/// <summary>Every public number and time at its extremes: it works, or it is refused by its name.</summary>
public sealed class ExtremeOptionsTests(NanoStudy nano) : IClassFixture<NanoStudy>
{
    private static readonly Type[] Options = [typeof(EngineOptions), typeof(RequestOptions), typeof(GenerationOptions), typeof(UniMedModelOptions)];

    /// <summary>What works; all else is refused. Numbers beyond what a cache holds are refused by the request or the model that would need it.</summary>
    private static readonly Dictionary<string, Func<object, bool>> Works = new()
    {
        ["EngineOptions.MaxQueuedRequests"] = value => (int)value >= 1,
        ["EngineOptions.MaxRunningRequests"] = value => (int)value is >= 1 and <= 256,
        ["EngineOptions.MaxPrefillRows"] = value => (int)value >= 16,
        ["EngineOptions.MaxImagesAtOnce"] = value => (int)value >= 1,
        ["EngineOptions.KvCacheTokens"] = _ => false,
        ["EngineOptions.VisualCacheBytes"] = value => (long)value >= 0,
        ["RequestOptions.Priority"] = _ => true,
        ["RequestOptions.Deadline"] = value => (TimeSpan)value > TimeSpan.Zero || (TimeSpan)value == Timeout.InfiniteTimeSpan,
        ["GenerationOptions.MaxNewTokens"] = value => (int)value is >= 1 and <= 1_000_000,
        ["GenerationOptions.NumBeams"] = value => (int)value is >= 1 and <= 64,
        ["GenerationOptions.MinLength"] = value => (int)value is >= 0 and <= 1_000_000,
        ["GenerationOptions.RepetitionPenalty"] = value => (double)value is >= 1e-6 and <= 1e6,
        ["GenerationOptions.LengthPenalty"] = value => (double)value is >= -1000 and <= 1000,
        ["GenerationOptions.Temperature"] = value => (double)value is >= 1e-20 and <= 1e20,
        ["GenerationOptions.TopP"] = value => (double)value is >= 0 and <= 1,
        ["GenerationOptions.TopK"] = value => (int)value >= 0,
        ["GenerationOptions.Seed"] = _ => true,
        ["UniMedModelOptions.Threads"] = value => (int)value is >= 1 and <= 1024,
        ["UniMedModelOptions.KvCacheTokens"] = _ => false,
    };

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (PropertyInfo property in Numbers())
            {
                foreach (object value in Extremes(property.PropertyType))
                    cases.Add(Name(property), value.ToString()!);
            }

            return cases;
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_number_and_time_has_its_row() => Assert.Equal(Numbers().Select(Name).Order(StringComparer.Ordinal), Works.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task It_works_or_is_refused_by_its_name(string name, string value)
    {
        PropertyInfo property = Numbers().Single(each => Name(each) == name);
        object extreme = Extremes(property.PropertyType).Single(each => each.ToString() == value);
        object options = Activator.CreateInstance(property.DeclaringType!)!;
        if (options is GenerationOptions)
            options = new GenerationOptions { MaxNewTokens = 2, DoSample = property.Name is not (nameof(GenerationOptions.NumBeams) or nameof(GenerationOptions.LengthPenalty)), TopP = 1, TopK = 0 };
        property.SetValue(options, extreme);
        Exception? error = await Record.ExceptionAsync(() => AnswerAsync(options));
        if (Works[name](extreme))
        {
            Assert.Null(error);
            return;
        }

        if (name == "RequestOptions.Deadline" && (TimeSpan)extreme == TimeSpan.Zero)
        {
            Assert.Equal(UniMedFailure.DeadlineExceeded, UniMedException.ReasonOf(error));
            return;
        }

        // More positions than there is memory for are no mistake in themselves.
        Assert.Equal(property.Name == nameof(EngineOptions.KvCacheTokens) && extreme is int.MaxValue ? UniMedFailure.OutOfMemory : UniMedFailure.InvalidInput, UniMedException.ReasonOf(error));
        Assert.Contains(property.Name, error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1e-20)]
    [InlineData(1e20)]
    public async Task The_range_of_temperatures_ends_where_the_best_token_and_equal_chances_are(double temperature)
    {
        int[] answer = await Ids(new GenerationOptions { DoSample = true, Temperature = temperature, TopP = 1, TopK = 0, MaxNewTokens = 8, RepetitionPenalty = 1, Seed = 5 });
        int[] best = await Ids(new GenerationOptions { MaxNewTokens = 8 });
        Assert.Equal(temperature < 1, answer.SequenceEqual(best));
    }

    [Theory]
    [InlineData(1e-6, 1e-20)]
    [InlineData(1e6, 1e-20)]
    [InlineData(1e-6, 1e20)]
    [InlineData(1e6, 1e20)]
    public async Task At_the_ends_of_their_ranges_penalty_and_temperature_still_give_an_order(double penalty, double temperature)
    {
        // A score that is no number would make every later token the vocabulary's last one.
        int[] answer = await Ids(new GenerationOptions { DoSample = true, Temperature = temperature, RepetitionPenalty = penalty, TopP = 1, TopK = 0, MaxNewTokens = 8, MinLength = 9 });
        Assert.DoesNotContain(nano.Model.Config.Language.VocabSize - 1, answer);
    }

    [Theory]
    [InlineData(-1000)]
    [InlineData(1000)]
    public async Task Beams_end_at_any_length_penalty(double lengthPenalty) =>
        Assert.NotEmpty(await Ids(new GenerationOptions { NumBeams = 3, LengthPenalty = lengthPenalty, MaxNewTokens = 12 }));

    [Fact]
    public async Task A_deadline_of_one_tick_is_over_before_the_answer()
    {
        await using var engine = UniMedEngine.Create(nano.Model);
        UniMedException late = await Assert.ThrowsAsync<UniMedException>(() => engine.DescribeAsync(nano.Study.Image, null, new RequestOptions { Deadline = TimeSpan.FromTicks(1) }, Cancellation).AsTask());
        Assert.Equal(UniMedFailure.DeadlineExceeded, late.Reason);
        UniMedException error = Assert.Throws<UniMedException>(() => engine.DescribeAsync(nano.Study.Image, null, new RequestOptions { Deadline = TimeSpan.FromTicks(-1) }, Cancellation));
        Assert.Equal(UniMedFailure.InvalidInput, error.Reason);
        Assert.Contains("RequestOptions.Deadline", error.Message, StringComparison.Ordinal);
        // Refused at the call: it never was a request.
        Assert.Equal(1, engine.Statistics.Failed);
    }

    [Fact]
    public async Task An_engine_that_cannot_be_made_leaves_the_models_cache_as_it_was()
    {
        for (int i = 0; i < 3; i++)
            Assert.Throws<UniMedException>(() => UniMedEngine.Create(nano.Model, new EngineOptions { KvCacheTokens = int.MaxValue }));
        await using var engine = UniMedEngine.Create(nano.Model, new EngineOptions { KvCacheTokens = 4096 });
        Assert.Equal(4096 / 16, engine.Statistics.KvBlocks);
    }

    private async Task AnswerAsync(object options)
    {
        switch (options)
        {
            case GenerationOptions generation:
                await nano.Model.AnswerAsync("Where?", new RequestOptions { Generation = generation }, Cancellation);
                break;
            case EngineOptions engineOptions:
                await using (var engine = UniMedEngine.Create(nano.Model, engineOptions))
                    await engine.AskAsync(nano.Study.Image, "Where?", Short(), Cancellation);
                break;
            case RequestOptions request:
                await using (var engine = UniMedEngine.Create(nano.Model))
                    await engine.AnswerAsync("Where?", request with { Generation = Short().Generation }, Cancellation);
                break;
            case UniMedModelOptions model:
                using (UniMedModel loaded = UniMedModel.Load(Golden.NanoModel, model with { Device = "cpu" }))
                    await loaded.AnswerAsync("Where?", Short(), Cancellation);
                break;
        }
    }

    private async Task<int[]> Ids(GenerationOptions options) =>
        [.. (await nano.Study.AskAsync("Which plane is this MRI slice in?", new RequestOptions { Generation = options }, Cancellation)).TokenIds];

    private static RequestOptions Short() => new() { Generation = new GenerationOptions { MaxNewTokens = 2 } };

    private static IEnumerable<PropertyInfo> Numbers() =>
        Options.SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)).Where(property => property.CanWrite && Extremes(property.PropertyType).Length > 0);

    private static string Name(PropertyInfo property) => $"{property.DeclaringType!.Name}.{property.Name}";

    private static object[] Extremes(Type type) => Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) switch
    {
        TypeCode.Int32 => [int.MinValue, -1, 0, 1, int.MaxValue],
        TypeCode.Int64 => [long.MinValue, -1L, 0L, 1L, long.MaxValue],
        TypeCode.UInt64 => [0UL, ulong.MaxValue],
        TypeCode.Double => [double.NaN, double.NegativeInfinity, double.PositiveInfinity, double.MinValue, double.MaxValue, double.Epsilon, -0.0, 0.0, 1.0],
        _ when (Nullable.GetUnderlyingType(type) ?? type) == typeof(TimeSpan) => [TimeSpan.MinValue, TimeSpan.FromTicks(-1), Timeout.InfiniteTimeSpan, TimeSpan.Zero, TimeSpan.MaxValue],
        _ => [],
    };
}
