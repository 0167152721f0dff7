package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/signal"
	"os/user"
	"reflect"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is the command line; each command has a file of its own.
type commands struct {
	Settings
	ShowVersion versionFlag `name:"version" help:"Print the version of keur, of Go and of the schema."`

	Serve      serveCommand      `cmd:"" help:"Run Keur: servers, scheduler and workers, all or some of them."`
	Worker     workerCommand     `cmd:"" help:"Run a worker alone, which sends."`
	Migrate    migrateCommand    `cmd:"" help:"Bring the base to the newest schema."`
	User       userCommand       `cmd:"" help:"Manage the people who work here."`
	Change     changeCommand     `cmd:"" help:"Decide what an admin proposed; the command line counts as one admin."`
	Keys       keysCommand       `cmd:"" help:"Manage the keys of public links."`
	Audit      auditCommand      `cmd:"" help:"Check the trail of who did what."`
	Bounce     bounceCommand     `cmd:"" help:"Take in a letter that came back, from standard input: a way in beside the listener."`
	Webhooks   webhooksCommand   `cmd:"" help:"Show where services that hand mail on are to post bounces and complaints."`
	Bounces    bouncesCommand    `cmd:"" help:"Undo what mails that never left did to members."`
	Import     importCommand     `cmd:"" help:"Bring in what is in files."`
	Config     configCommand     `cmd:"" help:"Print the settings in force, with secrets masked."`
	Doctor     doctorCommand     `cmd:"" help:"Look over the whole installation, and say what to mend."`
	Demo       demoCommand       `cmd:"" help:"Run a whole mailing from CSV to outcome, then stay up to look around."`
	Docs       docsCommand       `cmd:"" help:"Serve the documentation, which this program carries with it."`
	Completion completionCommand `cmd:"" help:"Print what makes a shell complete commands and flags."`
	Version    versionCommand    `cmd:"" help:"Print the version of keur and of its schema."`
}

// The exit statuses of keur.
const (
	exitDone    = 0
	exitTrouble = 1  // what was asked for didn't work
	exitUsage   = 2  // it isn't clear what was asked for
	exitAgain   = 75 // it may work another time: EX_TEMPFAIL, by which mail servers keep a letter
)

// errAgain is of what may work another time.
var errAgain = errors.New("not now")

// run does what args ask for and returns the exit status. The first SIGTERM or
// SIGINT asks the command to stop in order; a second one ends keur at once.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	context.AfterFunc(ctx, stop)

	var settings Settings
	command, status := parse(args, &settings, stdout, stderr)
	if command == nil {
		return status
	}
	command.BindTo(ctx, (*context.Context)(nil))
	command.Bind(console{in: stdin, out: stdout, err: stderr}, settings.logger(stderr))
	err := command.Run()
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		err = errors.New("stopped before it was done") // a person's wish, and no news of where it was
	}
	fmt.Fprintln(stderr, "keur:", err)
	if errors.Is(err, errAgain) {
		return exitAgain
	}
	return exitTrouble
}

// operator names whoever sits at this machine, for the audit trail.
func operator() string {
	if u, err := user.Current(); err == nil {
		return "console:" + u.Username
	}
	return "console"
}

// parse reads the command line, the environment and the file of settings, in
// that order of weight. Returns no command, and the exit status, if there is
// nothing to run: help was asked for, or the command line is wrong.
func parse(args []string, settings *Settings, stdout, stderr io.Writer) (command *kong.Context, status int) {
	type exit int
	defer func() {
		if code, ok := recover().(exit); ok {
			command, status = nil, int(code)
		}
	}()
	var c commands
	c.terminal = stderr
	parser, err := kong.New(&c,
		kong.Name("keur"),
		kong.Description("The mailing desk of a publisher."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exit(code)) }), // kong goes on after --help otherwise
		kong.Bind(&c.Settings),
		kong.TypeMapper(reflect.TypeFor[slog.Level](), kong.MapperFunc(readLevel)),
	)
	if err != nil {
		fmt.Fprintln(stderr, "keur:", err)
		return nil, exitUsage
	}
	command, err = parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "keur: %v\nRun keur --help for what it can do.\n", err)
		return nil, exitUsage
	}
	*settings = c.Settings
	return command, exitDone
}
