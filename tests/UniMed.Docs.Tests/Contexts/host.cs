using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using UniMed.Hosting;
using UniMed.Inference;

var services = new ServiceCollection();
// snippet
await using ServiceProvider provider = services.BuildServiceProvider();
ArgumentNullException.ThrowIfNull(provider.GetRequiredService<IChatClient>());
ArgumentNullException.ThrowIfNull(provider.GetRequiredService<UniMedEngine>());
