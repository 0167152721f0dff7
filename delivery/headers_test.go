package delivery

import (
	"net/mail"
	"strings"
	"testing"
)

// TestMailboxesFitTheirLines writes names and addresses of every length: no line
// is longer than it may be while it could be folded, and all reads as it was meant.
func TestMailboxesFitTheirLines(t *testing.T) {
	t.Parallel()
	for _, letter := range []string{"a", "é", `"`} {
		for names := range 60 {
			for domains := range 70 {
				name := strings.TrimSpace(strings.Repeat(letter, names))
				address := "x@" + strings.Repeat("b", domains+1) + ".example"
				field := string(appendMailbox(nil, "Reply-To", name, address))
				for line := range strings.SplitSeq(strings.TrimSuffix(field, "\r\n"), "\r\n") {
					if len(line) > 76 && len(line) > len(" <>")+len(address) && !strings.HasPrefix(line, "Reply-To: <") {
						t.Fatalf("a line of %d: %q", len(line), line)
					}
				}
				read, err := mail.ParseAddress(strings.TrimPrefix(strings.ReplaceAll(field, "\r\n", ""), "Reply-To: "))
				if err != nil || read.Name != name || read.Address != address {
					t.Fatalf("%q reads %+v, %v", field, read, err)
				}
			}
		}
	}
}
