//! What the sign-in pages say, in each of their languages.

use jiff::Timestamp;
use jiff::tz::Offset;

use crate::clock;

/// The words of one language. `{}` stands for what a sentence is about.
pub(crate) struct Words {
    pub(crate) locale: &'static str,
    /// Before the title of a page that says what is wrong.
    pub(crate) error_prefix: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) to_continue_to: &'static str,
    pub(crate) user_name: &'static str,
    pub(crate) extension: &'static str,
    pub(crate) extension_when: &'static str,
    pub(crate) password: &'static str,
    pub(crate) remember: &'static str,
    pub(crate) single_sign_on: &'static str,
    pub(crate) email: &'static str,
    pub(crate) email_hint: &'static str,
    pub(crate) with_password: &'static str,
    pub(crate) pick: &'static str,
    pub(crate) extension_short: &'static str,
    pub(crate) second_step: &'static str,
    pub(crate) code: &'static str,
    pub(crate) code_is: &'static str,
    pub(crate) go_on: &'static str,
    pub(crate) somebody_else: &'static str,
    pub(crate) clock: &'static str,
    pub(crate) allow_app: &'static str,
    pub(crate) signed_in_as: &'static str,
    pub(crate) app_can: &'static str,
    pub(crate) return_to: &'static str,
    pub(crate) allow: &'static str,
    pub(crate) deny: &'static str,
    pub(crate) footer: &'static str,
    foreign_form: &'static str,
    no_user_name: &'static str,
    no_password: &'static str,
    wrong: &'static str,
    no_such_user: &'static str,
    locked: &'static str,
    locked_until: &'static str,
    not_enabled: &'static str,
    wrong_code: &'static str,
    ended: &'static str,
    /// After the day of the month.
    day_ends: &'static str,
    months: [&'static str; 12],
}

/// A moment: for programs, and as a person reads it.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub(crate) machine: String,
    pub(crate) words: String,
}

/// What a page says is wrong: a text, which may go on with a moment and the rest of the sentence.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) text: String,
    pub(crate) until: Option<(Moment, &'static str)>,
}

/// What keeps somebody from signing in.
pub(super) enum Problem {
    ForeignForm,
    NoUserName,
    NoPassword,
    Wrong,
    NoSuchUser,
    Locked { name: String },
    LockedUntil { name: String, until: Timestamp },
    NotEnabled { name: String, status: String },
    WrongCode,
    Ended,
}

impl Words {
    /// Those of a locale that there are words for.
    pub(super) fn of(locale: &str) -> &'static Self {
        ALL.iter().find(|words| words.locale == locale).unwrap_or(&ALL[0])
    }

    pub(super) fn tell(&self, problem: &Problem) -> Told {
        let text = match problem {
            Problem::ForeignForm => self.foreign_form.to_owned(),
            Problem::NoUserName => self.no_user_name.to_owned(),
            Problem::NoPassword => self.no_password.to_owned(),
            Problem::Wrong => self.wrong.to_owned(),
            Problem::NoSuchUser => self.no_such_user.to_owned(),
            Problem::Locked { name } => self.locked.replace("{}", name),
            Problem::LockedUntil { name, until } => {
                let (before, rest) = self.locked_until.rsplit_once("{}").unwrap_or_default();
                return Told {
                    text: before.replace("{}", name),
                    until: Some((self.moment(*until), rest)),
                };
            }
            Problem::NotEnabled { name, status } => {
                let (before, rest) = self.not_enabled.rsplit_once("{}").unwrap_or_default();
                format!("{}{status}{rest}", before.replace("{}", name))
            }
            Problem::WrongCode => self.wrong_code.to_owned(),
            Problem::Ended => self.ended.to_owned(),
        };
        Told { text, until: None }
    }

    /// `28 Nov 2026, 22:22:42 UTC`.
    pub(super) fn moment(&self, at: Timestamp) -> Moment {
        let time = Offset::UTC.to_datetime(at);
        let month = usize::from(time.month().unsigned_abs() - 1);
        Moment {
            machine: clock::format(at),
            words: format!(
                "{}{} {} {}, {:02}:{:02}:{:02} UTC",
                time.day(),
                self.day_ends,
                self.months[month],
                time.year(),
                time.hour(),
                time.minute(),
                time.second()
            ),
        }
    }
}

impl Problem {
    /// The fields of the form that it is about.
    pub(super) fn fields(&self) -> &'static [&'static str] {
        match self {
            Self::NoUserName
            | Self::NoSuchUser
            | Self::Locked { .. }
            | Self::LockedUntil { .. }
            | Self::NotEnabled { .. } => &["username"],
            Self::NoPassword => &["password"],
            // Which of the two is not said.
            Self::Wrong => &["username", "password"],
            Self::WrongCode => &["mfa_code"],
            Self::ForeignForm | Self::Ended => &[],
        }
    }
}

const ALL: [Words; 4] = [
    Words {
        locale: "en-US",
        error_prefix: "Error: ",
        sign_in: "Sign in",
        to_continue_to: "to continue to",
        user_name: "Phone number or e-mail address",
        extension: "Extension",
        extension_when: "(only with the company number)",
        password: "Password",
        remember: "Remember me in this browser",
        single_sign_on: "Single sign-on",
        email: "E-mail address",
        email_hint: "There is no identity provider here: whoever has this address is signed in.",
        with_password: "Sign in with a password",
        pick: "Or pick a demo user",
        extension_short: "extension",
        second_step: "{} signs in with a second step.",
        code: "Verification code",
        code_is: "No message was sent. Here the code is always",
        go_on: "Continue",
        somebody_else: "Sign in as somebody else",
        clock: "The emulator's clock says",
        allow_app: "Allow {}?",
        signed_in_as: "Signed in as",
        app_can: "With your account, this app will be able to:",
        return_to: "Afterwards you return to",
        allow: "Allow",
        deny: "Deny",
        footer: "This is a local emulator for tests. It is not RingCentral, and nothing you type leaves this machine.",
        foreign_form: "This form was not sent from the page your browser last got, or your browser keeps no cookies. Please \
                       try again.",
        no_user_name: "Please type your phone number or e-mail address.",
        no_password: "Please type your password.",
        wrong: "The user name, extension or password is wrong. Please check them and try again.",
        no_such_user: "There is no such user any more.",
        locked: "{} is locked after too many wrong passwords. An administrator must unlock this user; until then nobody can \
                 sign in here.",
        locked_until: "{} is locked after too many wrong passwords, until {} by the emulator's clock.",
        not_enabled: "{} cannot sign in: the extension's status is {}. Please choose another user.",
        wrong_code: "That code is wrong. Please try again.",
        ended: "Your sign-in has ended. Please sign in again.",
        day_ends: "",
        months: [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ],
    },
    Words {
        locale: "de-DE",
        error_prefix: "Fehler: ",
        sign_in: "Anmelden",
        to_continue_to: "und weiter zu",
        user_name: "Telefonnummer oder E-Mail-Adresse",
        extension: "Nebenstelle",
        extension_when: "(nur mit der Nummer der Firma)",
        password: "Passwort",
        remember: "In diesem Browser angemeldet bleiben",
        single_sign_on: "Single Sign-on",
        email: "E-Mail-Adresse",
        email_hint: "Hier gibt es keinen Identitätsanbieter: Wer diese Adresse hat, ist angemeldet.",
        with_password: "Mit Passwort anmelden",
        pick: "Oder einen Beispielbenutzer wählen",
        extension_short: "Nebenstelle",
        second_step: "{} meldet sich mit einem zweiten Schritt an.",
        code: "Bestätigungscode",
        code_is: "Es wurde keine Nachricht verschickt. Hier ist der Code immer",
        go_on: "Weiter",
        somebody_else: "Als jemand anders anmelden",
        clock: "Die Uhr des Emulators zeigt",
        allow_app: "{} zulassen?",
        signed_in_as: "Angemeldet als",
        app_can: "Mit Ihrem Konto kann diese App:",
        return_to: "Danach geht es zurück zu",
        allow: "Zulassen",
        deny: "Ablehnen",
        footer: "Dies ist ein lokaler Emulator für Tests. Er ist nicht RingCentral, und keine Eingabe verlässt diesen Rechner.",
        foreign_form: "Dieses Formular stammt nicht von der Seite, die Ihr Browser zuletzt bekam, oder er nimmt keine Cookies \
                       an. Bitte versuchen Sie es noch einmal.",
        no_user_name: "Bitte geben Sie Ihre Telefonnummer oder E-Mail-Adresse ein.",
        no_password: "Bitte geben Sie Ihr Passwort ein.",
        wrong: "Benutzername, Nebenstelle oder Passwort ist falsch. Bitte prüfen Sie die Eingaben.",
        no_such_user: "Diesen Benutzer gibt es nicht mehr.",
        locked: "{} ist nach zu vielen falschen Passwörtern gesperrt. Ein Administrator muss die Sperre aufheben.",
        locked_until: "{} ist nach zu vielen falschen Passwörtern gesperrt, bis {} nach der Uhr des Emulators.",
        not_enabled: "{} kann sich nicht anmelden: Der Status der Nebenstelle ist {}. Bitte wählen Sie jemand anders.",
        wrong_code: "Dieser Code ist falsch. Bitte versuchen Sie es noch einmal.",
        ended: "Ihre Anmeldung ist abgelaufen. Bitte melden Sie sich noch einmal an.",
        day_ends: ".",
        months: [
            "Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez.",
        ],
    },
    Words {
        locale: "fr-FR",
        error_prefix: "Erreur : ",
        sign_in: "Connexion",
        to_continue_to: "pour continuer vers",
        user_name: "Numéro de téléphone ou adresse e-mail",
        extension: "Extension",
        extension_when: "(seulement avec le numéro de l'entreprise)",
        password: "Mot de passe",
        remember: "Rester connecté dans ce navigateur",
        single_sign_on: "Authentification unique",
        email: "Adresse e-mail",
        email_hint: "Il n'y a pas de fournisseur d'identité ici : la personne qui a cette adresse est connectée.",
        with_password: "Se connecter avec un mot de passe",
        pick: "Ou choisir un utilisateur d'exemple",
        extension_short: "extension",
        second_step: "{} se connecte en deux étapes.",
        code: "Code de vérification",
        code_is: "Aucun message n'a été envoyé. Ici, le code est toujours",
        go_on: "Continuer",
        somebody_else: "Se connecter sous un autre nom",
        clock: "L'horloge de l'émulateur indique",
        allow_app: "Autoriser {} ?",
        signed_in_as: "Connecté en tant que",
        app_can: "Avec votre compte, cette application pourra :",
        return_to: "Vous retournerez ensuite à",
        allow: "Autoriser",
        deny: "Refuser",
        footer: "Ceci est un émulateur local pour des tests. Ce n'est pas RingCentral, et rien de ce que vous tapez ne quitte \
                 cette machine.",
        foreign_form: "Ce formulaire ne vient pas de la dernière page reçue par votre navigateur, ou celui-ci refuse les \
                       cookies. Veuillez réessayer.",
        no_user_name: "Veuillez saisir votre numéro de téléphone ou votre adresse e-mail.",
        no_password: "Veuillez saisir votre mot de passe.",
        wrong: "Le nom d'utilisateur, l'extension ou le mot de passe est incorrect. Veuillez vérifier et réessayer.",
        no_such_user: "Cet utilisateur n'existe plus.",
        locked: "{} est verrouillé après trop de mots de passe incorrects. Un administrateur doit le déverrouiller.",
        locked_until: "{} est verrouillé après trop de mots de passe incorrects, jusqu'à {} à l'horloge de l'émulateur.",
        not_enabled: "{} ne peut pas se connecter : l'état de l'extension est {}. Veuillez choisir quelqu'un d'autre.",
        wrong_code: "Ce code est incorrect. Veuillez réessayer.",
        ended: "Votre connexion est terminée. Veuillez vous reconnecter.",
        day_ends: "",
        months: [
            "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
        ],
    },
    Words {
        locale: "es-ES",
        error_prefix: "Error: ",
        sign_in: "Iniciar sesión",
        to_continue_to: "para continuar a",
        user_name: "Número de teléfono o correo electrónico",
        extension: "Extensión",
        extension_when: "(solo con el número de la empresa)",
        password: "Contraseña",
        remember: "Recordarme en este navegador",
        single_sign_on: "Inicio de sesión único",
        email: "Correo electrónico",
        email_hint: "Aquí no hay proveedor de identidad: quien tiene esta dirección inicia sesión.",
        with_password: "Iniciar sesión con contraseña",
        pick: "O elegir un usuario de ejemplo",
        extension_short: "extensión",
        second_step: "{} inicia sesión en dos pasos.",
        code: "Código de verificación",
        code_is: "No se ha enviado ningún mensaje. Aquí el código es siempre",
        go_on: "Continuar",
        somebody_else: "Iniciar sesión con otro usuario",
        clock: "El reloj del emulador marca",
        allow_app: "¿Permitir {}?",
        signed_in_as: "Sesión iniciada como",
        app_can: "Con su cuenta, esta aplicación podrá:",
        return_to: "Después volverá a",
        allow: "Permitir",
        deny: "Denegar",
        footer: "Esto es un emulador local para pruebas. No es RingCentral, y nada de lo que escriba sale de este equipo.",
        foreign_form: "Este formulario no viene de la última página que recibió su navegador, o este no acepta cookies. \
                       Inténtelo de nuevo.",
        no_user_name: "Escriba su número de teléfono o su correo electrónico.",
        no_password: "Escriba su contraseña.",
        wrong: "El nombre de usuario, la extensión o la contraseña no es correcta. Compruebe los datos e inténtelo de nuevo.",
        no_such_user: "Ese usuario ya no existe.",
        locked: "{} está bloqueado tras demasiadas contraseñas incorrectas. Un administrador debe desbloquearlo.",
        locked_until: "{} está bloqueado tras demasiadas contraseñas incorrectas, hasta {} según el reloj del emulador.",
        not_enabled: "{} no puede iniciar sesión: el estado de la extensión es {}. Elija otro usuario.",
        wrong_code: "Ese código no es correcto. Inténtelo de nuevo.",
        ended: "Su sesión ha terminado. Inicie sesión de nuevo.",
        day_ends: "",
        months: [
            "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic",
        ],
    },
];

/// What an app permission lets an app do, as a person would say it.
pub(super) fn permission(name: &str) -> &str {
    match name {
        "A2PSMS" => "send text messages in large numbers",
        "Accounts" => "manage the company account",
        "Analytics" => "read the company's call analytics",
        "CallControl" => "control calls in progress",
        "Contacts" => "read and change your contacts",
        "DirectRingOut" => "call a number without ringing you first",
        "EditAccounts" => "change the company account",
        "EditCallLog" => "delete entries of your call log",
        "EditExtensions" => "change extensions and their settings",
        "EditMessages" => "change and delete your messages",
        "EditPresence" => "change your presence",
        "EditWebinars" => "change webinars",
        "Faxes" => "send faxes for you",
        "Glip" | "TeamMessaging" => "read and write team messages for you",
        "GlipInternal" => "use internal parts of team messaging",
        "InternalMessages" => "send messages to colleagues for you",
        "Meetings" | "Video" => "hold video meetings for you",
        "ReadAccounts" => "read the company account, its extensions and numbers",
        "ReadAuditTrail" => "read who changed what in the company account",
        "ReadCallLog" => "read your call log",
        "ReadCallRecording" => "listen to recorded calls",
        "ReadContacts" => "read your contacts",
        "ReadMessages" => "read your messages, voicemails and faxes",
        "ReadPresence" => "see who is available",
        "ReadWebinars" => "read webinars",
        "RingOut" => "make calls for you",
        "RingSense" => "read insights from recorded calls",
        "RoleManagement" => "manage roles",
        "SMS" => "send text messages for you",
        "SubscriptionWebhook" => "be told about events at a web address",
        "TelephonySessions" => "follow calls in progress",
        "VoipCalling" => "make and receive calls over the Internet",
        "WebSocket" | "WebSocketsSubscription" => "be told about events over a WebSocket",
        "email" => "see your e-mail address",
        "openid" => "know who you are",
        "profile" => "see your name",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::locale::SUPPORTED;
    use super::{ALL, Problem, Words, permission};
    use crate::clock::at_ms;
    use crate::directory::APP_PERMISSIONS;

    #[test]
    fn every_locale_has_words_and_every_sentence_its_gaps() {
        let locales: Vec<&str> = ALL.iter().map(|words| words.locale).collect();
        assert_eq!(locales, SUPPORTED);
        for words in &ALL {
            let name = || "Ada <b>".to_owned();
            let told = words.tell(&Problem::LockedUntil {
                name: name(),
                until: at_ms(0),
            });
            assert!(
                told.text.contains("Ada <b>") && !told.text.contains("{}"),
                "{told:?}"
            );
            let (until, rest) = told.until.expect("a moment");
            assert_eq!(until.machine, "1970-01-01T00:00:00.000Z");
            assert!(rest.ends_with('.'), "{rest}");
            let told = words.tell(&Problem::NotEnabled {
                name: name(),
                status: "Disabled".to_owned(),
            });
            assert!(
                told.text.contains("Ada <b>") && told.text.contains("Disabled"),
                "{told:?}"
            );
            let told = words.tell(&Problem::Locked { name: name() });
            assert!(told.text.contains("Ada <b>"), "{told:?}");
            for gap in [words.second_step, words.allow_app] {
                assert_eq!(gap.matches("{}").count(), 1, "{gap}");
            }
        }
    }

    #[test]
    fn a_moment_is_said_as_people_of_the_language_write_it() {
        let november = "2026-11-28T22:02:42.919Z".parse().expect("a moment");
        let march = "2031-03-01T00:00:00Z".parse().expect("a moment");
        for (locale, first, second) in [
            ("en-US", "28 Nov 2026, 22:02:42 UTC", "1 Mar 2031, 00:00:00 UTC"),
            (
                "de-DE",
                "28. Nov. 2026, 22:02:42 UTC",
                "1. März 2031, 00:00:00 UTC",
            ),
            ("fr-FR", "28 nov. 2026, 22:02:42 UTC", "1 mars 2031, 00:00:00 UTC"),
            ("es-ES", "28 nov 2026, 22:02:42 UTC", "1 mar 2031, 00:00:00 UTC"),
        ] {
            let words = Words::of(locale);
            assert_eq!(words.moment(november).words, first);
            assert_eq!(words.moment(march).words, second);
        }
        assert_eq!(
            Words::of("en-US").moment(november).machine,
            "2026-11-28T22:02:42.919Z"
        );
    }

    #[test]
    fn every_permission_is_said_in_words() {
        for name in APP_PERMISSIONS {
            assert!(permission(name).contains(' '), "{name}");
        }
        assert_eq!(permission("SomethingNew"), "SomethingNew");
    }
}
