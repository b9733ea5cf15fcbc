using AskOverHttp;

await AskHost.Create(args).RunAsync();
