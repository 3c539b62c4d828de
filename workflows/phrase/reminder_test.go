package phrase

import (
	"testing"

	"github.com/nod-chat/nod/workflows"
)

func TestReminders(t *testing.T) {
	today := workflows.Date{Year: 2026, Month: 11, Day: 25} // a Wednesday
	for line, want := range map[string]Reminder{
		"remind me to call Huaxin on Friday":           {What: "call Huaxin", Due: workflows.Date{Year: 2026, Month: 11, Day: 27}},
		"Remind me on Friday to call Huaxin":           {What: "call Huaxin", Due: workflows.Date{Year: 2026, Month: 11, Day: 27}},
		"please remind me about the price list":        {What: "the price list"},
		"remind me to send 3 offers by 30 Nov":         {What: "send 3 offers", Due: workflows.Date{Year: 2026, Month: 11, Day: 30}},
		"remind me tomorrow to water the plants":       {What: "water the plants", Due: workflows.Date{Year: 2026, Month: 11, Day: 26}},
		"remind me call Zhang in 3 days":               {What: "call Zhang", Due: workflows.Date{Year: 2026, Month: 11, Day: 28}},
		"remind Tom to update the CRM on Friday":       {Whom: "Tom", What: "update the CRM", Due: workflows.Date{Year: 2026, Month: 11, Day: 27}},
		"remind Tom Baker on Friday to update the CRM": {Whom: "Tom Baker", What: "update the CRM", Due: workflows.Date{Year: 2026, Month: 11, Day: 27}},
		"task: order samples":                          {What: "order samples"},
		"提醒我周五给华新打电话":                                  {What: "给华新打电话", Due: workflows.Date{Year: 2026, Month: 11, Day: 27}},
		"周五提醒我给华新打电话":                                  {What: "给华新打电话", Due: workflows.Date{Year: 2026, Month: 11, Day: 27}},
		"提醒我给华新打电话":                                    {What: "给华新打电话"},
		"明天请提醒我交报价":                                    {What: "交报价", Due: workflows.Date{Year: 2026, Month: 11, Day: 26}},
		"提醒 Tom 周五更新客户资料":                              {Whom: "Tom", What: "更新客户资料", Due: workflows.Date{Year: 2026, Month: 11, Day: 27}},
		"待办：寄样品":                                       {What: "寄样品"},
	} {
		got, ok := ReminderIn(line, today)
		if !ok || got != want {
			t.Errorf("%q: %+v, %v", line, got, ok)
		}
	}
	// What names no one day is at fault, and what is to be done is kept.
	if r, ok := ReminderIn("remind me to call Huaxin on 03/04", today); !ok || r.Fault == nil || r.What != "call Huaxin" || !r.Due.IsZero() {
		t.Errorf("%+v, %v", r, ok)
	}
	for _, line := range []string{"", "annual leave on Friday", "remind", "remind me", "提醒我", "I need a reminder", "taxi 38", "有提醒吗？", "remind me on Friday",
		"周五年假", "remind Tom"} {
		if r, ok := ReminderIn(line, today); ok {
			t.Errorf("%q asks to be reminded of %+v", line, r)
		}
	}
}
