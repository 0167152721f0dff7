package main

import (
	_ "embed"
	"fmt"
	"strings"
	"text/template"

	"github.com/alecthomas/kong"
)

// completionCommand prints what makes a shell complete keur's commands and flags.
type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help says how to use what is printed; kong shows it.
func (completionCommand) Help() string {
	return "Load it in the shell's own file of settings: source <(keur completion bash), or keur completion fish | source."
}

var (
	//go:embed completion.bash
	bashCompletion string
	//go:embed completion.fish
	fishCompletion string
)

// completed is a command with the words that may follow it.
type completed struct {
	Path  string // " user add"; empty for keur itself
	Words []struct{ Name, Help string }
}

// Run prints the script.
func (c completionCommand) Run(command *kong.Context, to console) error {
	source := fishCompletion
	if c.Shell != "fish" {
		source = bashCompletion
	}
	if c.Shell == "zsh" {
		fmt.Fprintln(to.out, "autoload -U +X bashcompinit && bashcompinit")
	}
	quoted := func(text string) string { return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'" }
	script, err := template.New(c.Shell).Funcs(template.FuncMap{"quoted": quoted}).Parse(source)
	if err != nil {
		return err
	}
	return script.Execute(to.out, completionOf(command.Model.Node, ""))
}

// completionOf returns a command and those within it, each with its commands,
// its flags and those of the commands around it.
func completionOf(n *kong.Node, path string) []completed {
	here := completed{Path: path}
	add := func(name, help string) { here.Words = append(here.Words, struct{ Name, Help string }{name, help}) }
	var within []completed
	for _, child := range n.Children {
		if child.Type != kong.CommandNode || child.Hidden {
			continue
		}
		add(child.Name, child.Help)
		within = append(within, completionOf(child, path+" "+child.Name)...)
	}
	for _, group := range n.AllFlags(true) {
		for _, flag := range group {
			add("--"+flag.Name, flag.Help)
		}
	}
	return append([]completed{here}, within...)
}
