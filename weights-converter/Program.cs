using UniMed.WeightsConverter.Commands;

return await ConvertCommand.RunAsync(args).ConfigureAwait(false);
