package phrase

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
)

func TestPurpose(t *testing.T) {
	for purpose, lines := range map[Purpose][]string{
		ToAsk: {"annual leave tomorrow", "年假 明天", "I need a day off", "will be off tomorrow", "have to see the dentist tomorrow", "明天没什么事，请假", "", "!!", "may 3 dentist",
			"tomorrow off, drop my son at school", "remove a tooth, tomorrow", "skip lunch tomorrow"},
		ToPropose: {"can I take Friday off?", "Could we have two laptops", "明天可以请假吗", "could I get a monitor?", "is it ok if I take Monday off", "周五能不能休年假"},
		ToQuestion: {"is Tom off", "who can take over", "tomorrow off?", "明天谁请假", "还剩多少年假", "我的申请批了吗", "is my leave approved?", "how do I ask for leave", "Has Anna asked for leave",
			"谁同意的", "who can I ask about leave", "年假余额", "我有几天年假", "今天有几个人请假", "my balance", "Tom's balance", "Tom的余额", "remaining leave"},
		ToTakeBack: {"cancel my leave", "Please withdraw LV-3", "下周一的年假不休了", "明天不请假了", "can I cancel my leave?", "I don’t need Friday off", "如何撤回申请", "CANCEL",
			"delete my leave on Monday", "please remove my request for Monday", "drop my annual leave next week", "Forget about my day off", "删除下周一的年假", "周一的年假退掉", "放弃年假"},
		ToDecide: {"approve Tom's leave", "同意 LV-3", "reject LV-3 too busy", "can you approve this?", "拒绝王磊的申请", "驳回"},
	} {
		for _, line := range lines {
			if got := PurposeOf(line); got != purpose {
				t.Errorf("%q is for %d, want %d", line, got, purpose)
			}
		}
	}
}

func TestTopic(t *testing.T) {
	for topic, lines := range map[Topic][]string{
		OfBalance:  {"how many days do I have left?", "还剩多少年假？", "what's my balance", "还有几天调休", "how much leave have I"},
		OfRequests: {"is my leave approved?", "我的申请到哪了", "批了吗", "what is the status of my request"},
		OfAbsence:  {"is Tom off on Monday?", "who is in next week", "明天谁请假", "王磊在吗", "is anybody away"},
		OfNothing:  {"is it raining?", "why", "几点了", ""},
	} {
		for _, line := range lines {
			if got := TopicOf(line); got != topic {
				t.Errorf("%q is about %d, want %d", line, got, topic)
			}
		}
	}
}

func TestReadsLikeReason(t *testing.T) {
	for rest, want := range map[string]bool{"": true, "dentist": true, "my sister's wedding": true, "回老家": true, "孩子发烧，要去医院": true,
		"WFH": false, "team meeting": false, "在家办公": false, "the customer wants us to come and look at the new samples": false, "客户希望我们明天过去看一下新的样品然后再讨论一下价格和交期": false} {
		if got := ReadsLikeReason(rest); got != want {
			t.Errorf("%q: %v", rest, got)
		}
	}
}

func TestWhom(t *testing.T) {
	anna, tom := workflows.Person{ID: 1, No: "E001", Name: "Anna May"}, workflows.Person{ID: 2, No: "E003", Name: "Tom Baker", Email: "tom@lantern.example"}
	wang := workflows.Person{ID: 3, No: "E013", Name: "王磊 Wang Lei"}
	people := []workflows.Person{anna, tom, wang}
	for _, c := range []struct {
		line, name string
		sure       bool
		rest       string
	}{
		{"sick leave for Tom today", "Tom", true, "sick leave today"},
		{"@Tom Baker 年假 12月29日", "Tom Baker", true, "年假 12月29日"},
		{"Tom 年假 12月28日", "Tom", true, "年假 12月28日"},
		{"Tom Baker is sick today", "Tom Baker", true, "sick today"},
		{"tom's leave for Monday", "tom", true, "leave for Monday"},
		{"帮 Tom Baker 请病假 今天", "Tom Baker", true, "请病假 今天"},
		{"帮王磊请年假", "王磊", true, "请年假"},
		{"Wang Lei的年假 明天", "Wang Lei", true, "年假 明天"},
		{"E003 annual leave", "E003", true, "annual leave"},
		{"annual leave for tom@lantern.example tomorrow", "tom@lantern.example", true, "annual leave tomorrow"},
		{"tomorrow off, lunch with Tom", "Tom", false, "tomorrow off, lunch with Tom"},
		{"Tomorrow off for the family", "", false, "Tomorrow off for the family"},
		{"annual leave from 3 May", "", false, "annual leave from 3 May"}, // which is a part of Anna's name
		{"Anna here, sick today", "", false, "Anna here, sick today"},
		{"帮我请病假", "", true, "请病假"},
		{"leave for me, with Tom", "", true, "leave , with Tom"},
		{"帮我妈请病假", "我妈", true, "请病假"},
		{"@Nobody Known annual leave", "Nobody Known", true, "annual leave"},
		{"@E003for annual leave", "E003for", true, "annual leave"},
		{"leave on behalf of Nobody tomorrow", "Nobody", true, "leave tomorrow"},
		{"Tommy is nice", "", false, "Tommy is nice"},
		{"annual leave for my colleague tomorrow", "my colleague", false, "annual leave for my colleague tomorrow"},
		{"for my colleague annual leave tomorrow", "my colleague", true, "annual leave tomorrow"},
		{"My boss is sick today", "My boss", false, "My boss is sick today"},
		{"我同事明天请假", "我同事", false, "我同事明天请假"},
		{"annual leave tomorrow, dinner with my boss", "", false, "annual leave tomorrow, dinner with my boss"},
		{"明天年假，陪同事看房", "", false, "明天年假，陪同事看房"},
	} {
		if got := WhomOf(c.line, people, anna.ID); got != (Whom{Name: c.name, Sure: c.sure, Rest: c.rest}) {
			t.Errorf("%q: %+v", c.line, got)
		}
	}
}

// Whatever a line holds, its purpose and whom it is for are told, what is cut out of it was in it, and it is no longer than it was.
func TestEveryLineHasAPurpose(t *testing.T) {
	people := []workflows.Person{{ID: 2, No: "E003", Name: "Tom Baker"}, {ID: 3, No: "E013", Name: "王磊 Wang Lei"}}
	parts := append([]string{"Tom", "@", "for", "帮", "王磊", "请", "'s", "?", "cancel", "取消", "approve", "E003", "İ", "for me", "@Tom Baker"}, pieces...)
	rapid.Check(t, func(t *rapid.T) {
		var line string
		gap := rapid.SampledFrom([]string{" ", ""}).Draw(t, "gap")
		for _, p := range rapid.SliceOfN(rapid.SampledFrom(parts), 0, 10).Draw(t, "parts") {
			line += p + gap
		}
		PurposeOf(line)
		TopicOf(line)
		if rest := WithoutPurpose(line); len(rest) > len(line) || mentions(rest, takingBack) {
			t.Fatalf("%q without its purpose is %q", line, rest)
		}
		if w := WhomOf(line, people, 1); len(w.Rest) > len(line) || w.Name != "" && !mentions(line, []string{w.Name}) {
			t.Fatalf("%q is for %+v", line, w)
		}
		if words := NameWords(line); len(words) > 4*mostNameWords {
			t.Fatalf("%q has %d words of names", line, len(words))
		}
	})
}
