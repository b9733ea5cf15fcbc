using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// snippet
ArgumentNullException.ThrowIfNull(builder);
