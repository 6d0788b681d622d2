//! What people write to each other: short conversations about coffee.

/// True: the customer writes; false: the company writes.
pub(super) type Thread = &'static [(bool, &'static str)];

pub(super) const THREADS: &[Thread] = &[
    &[
        (true, "Hi, is the Ethiopia back in stock?"),
        (false, "It is! We roasted a fresh batch this morning."),
        (true, "Great, please put two bags aside for me."),
        (false, "Done. They are under your name until Friday."),
        (true, "Thank you ☕"),
    ],
    &[
        (false, "Your order 2041 is ready for pickup."),
        (true, "On my way, ten minutes."),
        (false, "Perfect, the side door is open."),
    ],
    &[
        (true, "Can we move the tasting to Thursday?"),
        (false, "Thursday at 3 pm works. Same number of guests?"),
        (true, "One more: nine of us."),
        (false, "Nine it is."),
        (true, "Also, one guest takes no milk."),
        (false, "Noted, oat and almond will be on the table."),
    ],
    &[
        (true, "The grinder you sold us makes a strange noise."),
        (
            false,
            "Sorry to hear that. Does it happen with an empty hopper too?",
        ),
        (true, "Yes, a sort of rattle."),
        (
            false,
            "Probably a loose burr. We will send someone tomorrow at 9.",
        ),
        (true, "OK, thanks."),
    ],
    &[
        (
            false,
            "Reminder: delivery of 40 kg house blend tomorrow between 8 and 10.",
        ),
        (true, "Dock 2 please, dock 1 is blocked."),
        (false, "Dock 2, understood."),
        (true, "Received, all bags in good order."),
    ],
    &[
        (true, "¿Abren los domingos?"),
        (false, "Sí, de 9 a 14 h. ¡Le esperamos!"),
        (true, "Perfecto, gracias."),
    ],
    &[
        (true, "Invoice 7719 shows the old address."),
        (false, "Thanks for the hint, a corrected one is in your mailbox."),
        (true, "Got it."),
    ],
    &[
        (
            false,
            "We have a new decaf from Colombia. Would you like a sample?",
        ),
        (true, "Yes please, whole bean."),
        (false, "It goes out today."),
        (
            true,
            "Arrived! It tastes like cherries & chocolate + a bit of lime.",
        ),
        (false, "Glad you like it. 5 kg at the usual price?"),
        (true, "Yes."),
    ],
    &[
        (true, "Running late, can you keep the shop open until 6:10?"),
        (false, "Of course."),
    ],
    &[
        (true, "Do you still teach the latte-art class?"),
        (false, "Every second Saturday. The next has two free places."),
        (true, "Book both, please."),
        (false, "Booked. Bring an apron 🙂"),
    ],
];

/// What the speech recognition made of a voicemail.
pub(super) const TRANSCRIPTS: &[&str] = &[
    "Hi, this is about the order from Monday. Please call me back when you have a minute.",
    "Hello, we would like to try your espresso blend in our café. Could someone call me?",
    "Good morning, the delivery has not arrived yet. Can you check where it is? Thanks.",
    "Hey, just wanted to say that the tasting was wonderful. No need to call back.",
    "This is the dentist's office, calling to confirm the appointment on Wednesday.",
];

/// Notes between colleagues.
pub(super) const NOTES: &[&str] = &[
    "Roaster 2 is cooling down, back in 20 minutes.",
    "Green beans have arrived, please check the moisture.",
    "Team lunch at 12:30.",
    "The label printer is out of paper again.",
    "Inventory is done, numbers are in the sheet.",
];
