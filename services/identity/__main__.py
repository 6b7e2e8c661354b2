from chassis.process import main
from services.identity.app import SERVICE

main(SERVICE)
