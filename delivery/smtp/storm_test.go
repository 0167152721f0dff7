package smtp_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"keur/delivery"
	"keur/internal/smtptest"
)

// storm is a server that hangs up or defers at one step in twenty, whatever the
// step.
func storm() func(smtptest.At) smtptest.Act {
	var mu sync.Mutex
	chance := rand.New(rand.NewPCG(1, 2)) // the same storm each time
	return func(at smtptest.At) smtptest.Act {
		mu.Lock()
		defer mu.Unlock()
		switch chance.IntN(60) {
		case 0:
			return smtptest.Act{Drop: true}
		case 1:
			return smtptest.Act{Reply: "421 4.3.2 storm", Drop: true}
		case 2:
			// Who refuses in the middle of a message doesn't take it after all.
			return smtptest.Act{Reply: "451 4.3.0 gust", Drop: at.Step == smtptest.AtPayload}
		}
		return smtptest.Act{}
	}
}

// insist sends one message as a worker does, again while nothing is in doubt,
// over a new connection when the old one broke. Returns the last outcome.
func insist(t *testing.T, server *smtptest.Server, conn *delivery.Conn, m delivery.Message) delivery.Outcome {
	for {
		if *conn == nil || !(*conn).Healthy() {
			if *conn != nil {
				_ = (*conn).Close()
			}
			next, err := tryDial(t, plain(server), patience())
			if err != nil {
				*conn = nil
				continue // the storm; it lets one in twenty greetings go wrong
			}
			*conn = next
		}
		switch r := (*conn).Send(t.Context(), m); r.Outcome {
		case delivery.OutcomeNotSent, delivery.OutcomeDeferred:
		default:
			return r.Outcome
		}
	}
}

func TestNobodyTwiceAndNobodyMissingInAStorm(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, extensions []string) {
		const workers, each = 8, 200
		server := smtptest.Start(t, smtptest.Config{Extensions: extensions, Script: storm(), KeepMails: 1})
		var outcomes [workers][each]delivery.Outcome
		var wait sync.WaitGroup
		for w := range workers {
			wait.Go(func() {
				var conn delivery.Conn
				for n := range each {
					m := mail("a@example.com")
					m.Data = fmt.Appendf(nil, "Message-ID: <%d.%d@label.nl>\r\n\r\nHoi\r\n", w, n)
					outcomes[w][n] = insist(t, server, &conn, m)
				}
				_ = conn.Close()
			})
		}
		wait.Wait()
		counts, doubts := server.Counts(), 0
		for w := range workers {
			for n := range each {
				got := counts[smtptest.Receipt{To: "a@example.com", MessageID: fmt.Sprintf("%d.%d@label.nl", w, n)}]
				lost := outcomes[w][n] == delivery.OutcomeLost
				if got > 1 || got == 0 && !lost {
					t.Errorf("message %d.%d was %s and arrived %d times", w, n, outcomes[w][n], got)
				}
				if lost {
					doubts++
				}
			}
		}
		if doubts == 0 || doubts > workers*each/10 {
			t.Errorf("%d in doubt: the storm was no test", doubts)
		}
		t.Logf("%d of %d in doubt over %d connections", doubts, workers*each, server.Conns())
	})
}
