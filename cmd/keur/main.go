// Keur is the mailing desk of a publisher: it imports members, plans mailings,
// has them approved by their maker, the client and a colleague, sends them,
// and counts what came of it. Run keur --help for its commands.
package main

import (
	"context"
	"os"
	_ "time/tzdata" // labels have time zones, and a small machine may have none
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
