package bounces

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// TestRepliesAreJudgedByTheirCode, and by the status where there is none.
func TestRepliesAreJudgedByTheirCode(t *testing.T) {
	t.Parallel()
	for reply, temporary := range map[Reply]bool{
		{Code: 421}: true, {Code: 499}: true, {Code: 500}: false, {Code: 550, Enhanced: "4.2.2"}: false, {Enhanced: "4.2.2"}: true,
		{Enhanced: "5.2.2"}: false, {}: false,
	} {
		if reply.temporary() != temporary {
			t.Errorf("%+v is temporary: %t", reply, !temporary)
		}
	}
}

// TestALateReplyNamesTheMember, or nobody at all.
func TestALateReplyNamesTheMember(t *testing.T) {
	t.Parallel()
	for reply, names := range map[Reply]bool{
		{Enhanced: "5.1.1"}:                                                                 true,
		{Enhanced: "5.1.1", From: "b@shop.nl"}:                                              false,
		{Enhanced: "5.1.1", To: "jan@x.nl"}:                                                 false,
		{Enhanced: "5.7.1", Text: "unknown user"}:                                           false,
		{Enhanced: "5.1.1", To: "jan@x.nl", Text: "<JAN@x.nl> unknown"}:                     true,
		{Enhanced: "5.1.1", To: "jan@x.nl", From: "b@shop.nl", Text: "<jan@x.nl> unknown"}:  true,
		{Enhanced: "5.1.8", To: "jan@x.nl", From: "b@shop.nl", Text: "<b@shop.nl> unknown"}: false,
	} {
		if reply.namesMember() != names {
			t.Errorf("%+v names the member: %t", reply, !names)
		}
	}
}

// TestWhatAReplyHandsOn has the inner status and code, where it has any.
func TestWhatAReplyHandsOn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Reply{
		"mailbox full": {Code: 550, Enhanced: "5.5.0"},
		"undeliverable address: host said: mailbox full":               {Code: 550, Enhanced: "5.5.0"},
		"undeliverable address: host said: 452 4.2.2 full":             {Code: 452, Enhanced: "4.2.2"},
		"callout verification failed: 551 5.1.6 moved":                 {Code: 551, Enhanced: "5.1.6"},
		"unverified address: host said: 5.2.2 the mailbox has no room": {Code: 550, Enhanced: "5.2.2"},
	} {
		got := Reply{Code: 550, Enhanced: "5.5.0", Text: text}.quoted()
		if got.Code != want.Code || got.Enhanced != want.Enhanced {
			t.Errorf("%q hands on %d %s", text, got.Code, got.Enhanced)
		}
	}
	if got := (Reply{Code: 450, Text: "undeliverable address: 550 5.1.1 unknown"}).quoted(); got.Code != 450 || got.Enhanced != "5.1.1" {
		t.Errorf("a temporary reply hands on %d %s", got.Code, got.Enhanced)
	}
}

// TestEffortEnds: what stands deep costs more of it.
func TestEffortEnds(t *testing.T) {
	t.Parallel()
	for depth, octets := range map[int]int{1: 100, 2: 50, 5: 20} {
		e := &effort{r: bytes.NewReader(make([]byte, 1000)), depth: depth, left: 100}
		read := 0
		for {
			n, err := e.Read(make([]byte, 10))
			read += n
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || read > 1000 {
				t.Fatalf("after %d octets: %v", read, err)
			}
		}
		if read != octets {
			t.Errorf("%d deep, %d octets are read, not %d", depth, read, octets)
		}
	}
}
