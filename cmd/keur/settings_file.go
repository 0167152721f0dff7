package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/pelletier/go-toml/v2"
)

// settingsFile is the path of a TOML file whose keys are the names of flags:
//
//	database-url = "postgres://keur@db.example/keur"
//	log-level = "debug"
type settingsFile string

// BeforeResolve reads the file. Only the default one may be missing.
func (f settingsFile) BeforeResolve(ctx *kong.Context, at *kong.Path) error {
	path, _ := ctx.FlagValue(at.Flag).(settingsFile)
	text, err := os.ReadFile(string(path))
	if errors.Is(err, fs.ErrNotExist) && string(path) == at.Flag.Default {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the file of settings can't be read: %w", err)
	}
	values := map[string]any{}
	if err := toml.Unmarshal(text, &values); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := known(ctx.Model.Node, values, string(path)); err != nil {
		return err
	}
	ctx.AddResolver(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if inEnvironment(flag) {
			return nil, nil // kong would let the file win
		}
		return values[flag.Name], nil
	}))
	return nil
}

// known returns a fault that names a key of the file that is no setting, since
// a mistyped one would otherwise be ignored in silence.
func known(node *kong.Node, values map[string]any, path string) error {
	var names []string
	err := kong.Visit(node, func(v kong.Visitable, next kong.Next) error {
		if flag, ok := v.(*kong.Flag); ok && len(flag.Envs) > 0 {
			names = append(names, flag.Name)
		}
		return next(nil)
	})
	if err != nil {
		return fmt.Errorf("list the settings: %w", err)
	}
	for name := range values {
		if !slices.Contains(names, name) {
			slices.Sort(names)
			return fmt.Errorf("%s: no setting is called %s; there are %s", path, name, strings.Join(slices.Compact(names), ", "))
		}
	}
	return nil
}

func inEnvironment(flag *kong.Flag) bool {
	return slices.ContainsFunc(flag.Envs, func(name string) bool {
		_, set := os.LookupEnv(name)
		return set
	})
}
