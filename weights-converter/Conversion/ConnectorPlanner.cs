using UniMed.Inference;
using UniMed.WeightsConverter.Sources;

namespace UniMed.WeightsConverter.Conversion;

/// <summary>The connector's tensors: task tokens, router, and experts or a single projector.</summary>
internal sealed class ConnectorPlanner(TensorPlan plan, TensorPool checkpoint, ConnectorConfig config, VisionConfig vision, int hiddenSize)
{
    private const string Prefix = "connector.";

    private bool Projects => config.ResampleMethod == "projection";

    /// <summary>Channels of one visual token.</summary>
    private long TokenC => Projects ? (long)vision.EmbedDim * config.ResampleRate : vision.EmbedDim;

    private bool UsesRouter => config is { HasMoe: true, RouterType: "soft" or "sparse" };

    private bool RoutesByTask => UsesRouter && config.RouterMethod is "router_task_token" or "router_task";

    /// <summary>Checks that image, resampling and task tokens fit, and plans all tensors.</summary>
    public void Plan()
    {
        CheckTokens();
        if (config.NumTaskTokens > 0)
        {
            foreach (string task in CheckpointInventory.Tasks)
                Require($"task_tokens.{task}", 1, config.NumTaskTokens, config.TaskTokenC);
        }

        if (UsesRouter)
            PlanRouter();
        else if (config.HasMoe)
            plan.ExplainUnused(checkpoint, "router.", $"router_type {config.RouterType} does not use the router");
        if (config.HasMoe)
            PlanExperts();
        else
            PlanProjector();
    }

    private void CheckTokens()
    {
        int patches = vision.Grid * vision.Grid;
        string image = $"image_size {vision.ImageSize} / patch size {vision.PatchSize} = {vision.Grid} x {vision.Grid} = {patches} patches";
        if (Projects && patches % config.ResampleRate != 0)
            plan.AddProblem($"resample_rate {config.ResampleRate} does not divide {image}; projection joins whole groups of patches.");
        int tokens = Projects ? patches / config.ResampleRate : vision.Grid / 2 * (vision.Grid / 2);
        if (tokens == 0)
            plan.AddProblem($"{image} leave no visual token after resample_method {config.ResampleMethod} (resample_rate {config.ResampleRate}).");
        if (RoutesByTask && config.NumTaskTokens == 0)
            plan.AddProblem($"router_method {config.RouterMethod} needs task tokens, but {checkpoint.Description} holds no task_tokens.*.");
        // The reference joins task and visual tokens whatever the router does with them, so it fails on these for every router.
        else if (config.NumTaskTokens > 0 && config.NumTaskTokens * (long)(patches / config.ResampleRate) != tokens)
        {
            plan.AddProblem(
                $"num_task_tokens {config.NumTaskTokens} x ({patches} patches / resample_rate {config.ResampleRate}) task tokens do not match {tokens} visual tokens "
                + $"({image}, resample_method {config.ResampleMethod}).");
        }
    }

    private void PlanRouter()
    {
        long width = config.RouterMethod switch
        {
            "router_task_token" => config.TaskTokenC + TokenC,
            "router_token" => TokenC,
            _ => config.TaskTokenC,
        };
        Require("router.fc1.weight", 4 * width, width);
        Require("router.fc1.bias", 4 * width);
        Require("router.fc2.weight", config.NumExperts, 4 * width);
        Require("router.fc2.bias", config.NumExperts);
    }

    private void PlanExperts()
    {
        for (int expert = 0; expert < config.NumExperts; expert++)
        {
            PlanExpertLayer(expert, 0, TokenC);
            if (config.ProjectorType == "moe_mlp")
                PlanExpertLayer(expert, 2, hiddenSize);
        }
    }

    /// <summary>The authors' model holds its experts under two names; a file may have either set, or both with the very same tensors.</summary>
    private void PlanExpertLayer(int expert, int layer, long width)
    {
        foreach ((string part, long[] shape) in ((string, long[])[])[("weight", [hiddenSize, width]), ("bias", [hiddenSize])])
        {
            string key = $"moe_layers.{expert}.{layer}.{part}";
            string alias = $"llm_proj.{expert}.{layer}.{part}";
            if (!checkpoint.TryPeek(key, out SourceTensor? tensor))
            {
                bool isAliased = checkpoint.TryPeek(alias, out _);
                plan.Require(Prefix + key, shape, null, new TensorCandidate(checkpoint, isAliased ? alias : key));
                continue;
            }

            plan.Require(Prefix + key, shape, null, new TensorCandidate(checkpoint, key));
            if (!checkpoint.TryTake(alias, out SourceTensor? copy))
                continue;
            if (TensorComparer.AreEqual(tensor, copy))
                plan.AddIgnored(checkpoint.Role, alias, $"the same tensor as {key}");
            else
                plan.AddProblem($"{checkpoint.Description}: \"{key}\" and \"{alias}\" name the same expert layer but differ; they must be the very same tensor.");
        }
    }

    private void PlanProjector()
    {
        if (config.ProjectorType == "linear")
        {
            Require("llm_proj.weight", hiddenSize, TokenC);
            Require("llm_proj.bias", hiddenSize);
            return;
        }

        int layers = ConnectorOptions.LayersOf(config.ProjectorType);
        for (int layer = 0; layer < layers; layer++)
        {
            Require($"llm_proj.{2 * layer}.weight", hiddenSize, layer == 0 ? TokenC : hiddenSize);
            Require($"llm_proj.{2 * layer}.bias", hiddenSize);
        }
    }

    private void Require(string key, params long[] shape) => plan.Require(Prefix + key, shape, null, new TensorCandidate(checkpoint, key));
}
