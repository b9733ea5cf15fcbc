using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using UniMed.Hosting;
using UniMed.Inference;

await using ServiceProvider provider = new ServiceCollection().AddUniMed("models/unimed-nano").BuildServiceProvider();
IChatClient client = provider.GetRequiredService<IChatClient>();
// snippet
